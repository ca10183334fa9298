"""A plain service to compare with: FastAPI, one Postgres row and one Celery message a job."""
