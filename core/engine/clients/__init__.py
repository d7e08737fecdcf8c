"""Who looks on and gives commands: dashboards, headless lines, ``roomdeck status`` and others."""
