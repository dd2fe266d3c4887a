class SolverMuJoCo:
    def get_max_contact_count(self):
        raise NotImplementedError
