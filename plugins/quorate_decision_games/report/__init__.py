"""What the commands of this plugin compute, check and draw."""
