package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// healthz says that the process is up and answers; it asks nobody else.
func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz says whether Botswain can do its work: 503 while the database is away or being migrated.
func (s *Server) readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
	defer cancel()
	if err := s.deps.Ready(ctx); err != nil {
		s.log.Debug("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "database away\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
