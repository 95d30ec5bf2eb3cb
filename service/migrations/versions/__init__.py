"""The forms that the store's tables had, one file each, oldest first."""
