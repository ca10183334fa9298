# One image for every process; the command says which.
FROM python:3.13-slim AS build
COPY --from=ghcr.io/astral-sh/uv:0.13 /uv /bin/uv
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups --extra otel --no-install-project
COPY README.md ./
COPY src src
RUN uv sync --frozen --no-default-groups --extra otel --no-editable

FROM python:3.13-slim
# A number, so that Kubernetes can tell that it is not root.
RUN useradd --system --uid 10001 --no-create-home jobproc
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 10001
EXPOSE 8000
# The API by its port; worker and maintenance by JOBPROC_METRICS_PORT.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["jobproc", "alive"]
ENTRYPOINT ["jobproc"]
CMD ["api", "--host", "0.0.0.0"]
