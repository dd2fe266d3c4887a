"""What `import quorate` offers: the words of YAML and of the command line, as functions."""
