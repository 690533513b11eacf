"""Prints what the integrations need that a plain Home Assistant always loads, with all they depend on."""

import json
import pathlib

import homeassistant.components
from homeassistant import bootstrap

folder = pathlib.Path(homeassistant.components.__file__).parent
# The pages of MQTT ask for the Supervisor first.
waiting = {"api", "auth", "config", "frontend", "hassio", "http", "mqtt", "websocket_api"}
for group in (
    bootstrap.CORE_INTEGRATIONS,
    bootstrap.DEFAULT_INTEGRATIONS,
    bootstrap.DEFAULT_INTEGRATIONS_RECOVERY_MODE,
    bootstrap.CRITICAL_INTEGRATIONS,
):
    waiting |= set(group)
done: set[str] = set()
requirements: set[str] = set()
while waiting:
    name = waiting.pop()
    done.add(name)
    manifest = json.loads((folder / name / "manifest.json").read_text())
    requirements |= set(manifest.get("requirements", []))
    waiting |= set(manifest.get("dependencies", [])) - done
print("\n".join(sorted(requirements)))
