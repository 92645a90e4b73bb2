"""ITB Watch: keeps intrathecal baclofen pumps from running dry. Importing this loads nothing else."""
