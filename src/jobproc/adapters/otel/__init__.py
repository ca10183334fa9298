"""Traces over OpenTelemetry. Nothing else imports it, and without the extra `otel` nobody imports this."""
