"""The description, and docs that need nothing from the internet: Swagger UI 5.35.0, kept beside this file."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.description import describe

ASSETS = Path(__file__).parent / "assets"
# Swagger UI writes style attributes and draws its icons from data URLs; scripts come from here only.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>jobproc · API</title>
  <link rel="icon" href="/docs/assets/swagger-ui/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/assets/swagger-ui/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/docs/assets/swagger-ui/swagger-ui-bundle.js"></script>
  <script src="/docs/assets/docs.js"></script>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)
router.mount("/docs/assets", StaticFiles(directory=ASSETS), name="docs-assets")


@router.get("/openapi.json")
async def openapi(request: Request, application: TheApplication) -> JSONResponse:
    """The description, with the operations that this service knows."""
    return JSONResponse(describe(request.app, application.describe_operations()))


@router.get("/docs")
@router.get("/docs/")
async def docs() -> HTMLResponse:
    """The page."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})
