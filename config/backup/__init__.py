"""Backups of the database: taken while everybody works, verified when taken and again when restored, never over a live one."""
