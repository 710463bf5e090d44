# Two stages: the first installs packages with pip, the second has only those, the code, and a user without rights.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/oas
COPY production.lock /build/production.lock
RUN /opt/oas/bin/pip install --require-hashes -r /build/production.lock

FROM python:3.12-slim-bookworm
ENV PATH=/opt/oas/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OAS_BIND=0.0.0.0:8000 \
    OAS_STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin oas \
    && install -d -o oas -g oas /srv/static /srv/work
WORKDIR /srv/oas
COPY --from=build /opt/oas /opt/oas
# Each folder by name, so that nothing else gets in; `devstack` is for development. .dockerignore has the same list.
COPY manage.py gunicorn.conf.py ./
COPY oas ./oas
COPY accounts ./accounts
COPY idempotency ./idempotency
COPY jobs ./jobs
COPY rates ./rates
COPY catalogue ./catalogue
COPY layouts ./layouts
COPY totals ./totals
COPY salesfiles ./salesfiles
COPY fetcher ./fetcher
COPY reports ./reports
COPY partners ./partners
COPY upkeep ./upkeep
COPY glider ./glider
USER oas
EXPOSE 8000
# For the web process, the only one that answers on a port; docker-compose.yml has the check of the workers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["gunicorn", "oas.wsgi"]
