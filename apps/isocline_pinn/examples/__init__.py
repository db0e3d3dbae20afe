"""Scripts to copy and change."""
