"""DAgger and behavioural cloning: policies that learn to do what a teacher does."""
