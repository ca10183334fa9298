"""Every number that is counted from events, with its labels. Their names are a promise to dashboards."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram

# Seconds: from what a small job takes to what somebody waits for over night.
SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200)
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
CLAIM_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2)


class Numbers:
    """The counters and histograms of one process. Labels are few by their nature: routes, operations, statuses."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._of_requests()
        self._of_jobs()
        self._of_the_engine()

    def _of_requests(self) -> None:
        self.requests = self._counter(
            "http_requests_total", "Requests, by the template of their path.", "method", "route", "status"
        )
        self.request_seconds = self._histogram(
            "http_request_seconds",
            "From its head to the end of its answer.",
            REQUEST_SECONDS,
            "method",
            "route",
        )
        self.limited = self._counter("http_requests_limited_total", "Requests over a limit.", "traffic")

    def _of_jobs(self) -> None:
        self.submitted = self._counter("jobs_submitted_total", "Jobs stored.", "operation")
        self.attempts = self._counter(
            "attempts_total", "Attempts recorded, by what became of the job.", "operation", "status", "cause"
        )
        self.cancelled = self._counter("jobs_cancelled_total", "Jobs cancelled by users.", "operation")
        self.retried = self._counter("jobs_retried_total", "Jobs begun anew by users.", "operation")
        self.wait_seconds = self._histogram("job_wait_seconds", "From due to claimed.", SECONDS, "operation")
        self.run_seconds = self._histogram(
            "job_run_seconds", "From claimed to settled.", SECONDS, "operation"
        )
        self.deaths = self._counter(
            "sandbox_deaths_total", "Children that an operation took with it.", "operation", "cause"
        )

    def _of_the_engine(self) -> None:
        self.claims = self._histogram(
            "claim_seconds", "How long claims that found jobs have taken.", CLAIM_SECONDS
        )
        self.claimed = self._counter("jobs_claimed_total", "Jobs leased to this worker.")
        self.stale = self._counter("stale_reports_total", "Results refused: the claim held the job no more.")
        self.stopped = self._counter("jobs_stopped_total", "Running jobs cancelled or taken away.")
        self.rescued = self._counter("jobs_rescued_total", "Jobs taken from workers that fell silent.")
        self.promoted = self._counter("jobs_promoted_total", "Jobs whose date has come.")
        self.purged = self._counter("jobs_purged_total", "Jobs erased at the end of their retention.")
        self.rings_lost = self._counter("rings_lost_total", "Doorbells that the broker did not take.")
        self.store_away = self._counter("store_away_total", "Calls that the database did not answer.")

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"jobproc_{name}", help, labels, registry=self._registry)

    def _histogram(self, name: str, help: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"jobproc_{name}", help, labels, registry=self._registry, buckets=buckets)
