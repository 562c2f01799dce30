package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/authpage"
	"github.com/botswain/botswain/views/ui"
)

func (s *Server) setupPage(c echo.Context) error {
	return s.render(c, http.StatusOK, authpage.Setup(authpage.SetupProps{Host: s.host}))
}

// setup makes the first administrator and signs them in.
func (s *Server) setup(c echo.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	form := authpage.SetupProps{Host: s.host, Code: c.FormValue("code"), Username: strings.TrimSpace(c.FormValue("username"))}
	password := c.FormValue("password")
	if again, asked := c.Request().PostForm["password_again"]; asked && again[0] != password {
		form.Errors = map[string]string{"password_again": tr(c, "auth.passwords-differ")}
		return s.render(c, http.StatusUnprocessableEntity, authpage.Setup(form))
	}
	user, err := s.auth.Setup(c.Request().Context(), form.Code, form.Username, password, c.RealIP())
	if f, ok := fault.As(err); ok {
		switch f.Code {
		case fault.Conflict: // somebody else was faster
			return s.seeOther(c, "/login")
		case fault.Invalid, fault.TooMany:
			p := describe(err).in(c.Request().Context())
			form.Error, form.Errors, form.RetryAfter = p.message, p.fields, p.retry
			setRetryAfter(c, f.RetryAfter)
			return s.render(c, statusOf(f.Code), authpage.Setup(form))
		}
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, user, false); err != nil {
		return err
	}
	s.toast(c, ui.Toast{State: "ok", Text: tr(c, "auth.welcome-name", user.Username), Detail: tr(c, "auth.account-created")})
	return s.seeOther(c, "/")
}
