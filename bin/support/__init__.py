"""What stands behind the commands in bin/. Standard library only."""
