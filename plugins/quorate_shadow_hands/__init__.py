"""Two Shadow hands that hand over a ball: a twin in MuJoCo of Isaac Lab's task."""
