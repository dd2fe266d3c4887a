started = []


class AppLauncher:
    def __init__(self, **options):
        started.append(options)
