package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/views/authpage"
	"github.com/botswain/botswain/views/i18n"
)

// notice is the line that ?notice= puts on the sign-in page.
func notice(c echo.Context) string {
	switch c.QueryParam("notice") {
	case "out":
		return tr(c, "auth.signed-out")
	case "ended":
		return tr(c, "auth.session-ended")
	}
	return ""
}

func (s *Server) loginPage(c echo.Context) error {
	next := safeNext(c.QueryParam("next"))
	if userOf(c).Username != "" {
		return s.seeOther(c, orHome(next))
	}
	needed, err := s.auth.NeedsSetup(c.Request().Context())
	if err != nil {
		return err
	}
	if needed {
		return s.seeOther(c, "/setup")
	}
	return s.render(c, http.StatusOK, authpage.Login(authpage.LoginProps{
		Host: s.host, Next: next, Notice: notice(c),
	}))
}

func (s *Server) login(c echo.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	form := authpage.LoginProps{
		Host: s.host, Next: safeNext(c.FormValue("next")), Remember: c.FormValue("remember") != "",
		Username: strings.TrimSpace(c.FormValue("username")),
	}
	ctx := c.Request().Context()
	user, err := s.auth.Login(ctx, form.Username, c.FormValue("password"), c.RealIP())
	if f, ok := fault.As(err); ok && (f.Code == fault.Unauthorized || f.Code == fault.TooMany) {
		form.Error, form.RetryAfter = i18n.Say(ctx, f.Message), f.RetryAfter
		setRetryAfter(c, f.RetryAfter)
		return s.render(c, statusOf(f.Code), authpage.Login(form))
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, user, form.Remember); err != nil {
		return err
	}
	return s.seeOther(c, orHome(form.Next))
}

func (s *Server) signIn(c echo.Context, user auth.User, remember bool) error {
	return s.auth.SignIn(c.Request().Context(), user, auth.SignIn{
		Remember: remember, IP: c.RealIP(), UserAgent: c.Request().UserAgent(),
	})
}

// logout works for whoever asks: without a session there is just nothing to end.
func (s *Server) logout(c echo.Context) error {
	if err := s.auth.SignOut(c.Request().Context()); err != nil {
		return err
	}
	return s.seeOther(c, "/login?notice=out")
}

// parseForm reads the body; errors other than its size are the sender's.
func parseForm(c echo.Context) error {
	err := c.Request().ParseForm()
	if err == nil {
		return nil
	}
	if describe(err).status == http.StatusRequestEntityTooLarge {
		return err
	}
	return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
}

func setRetryAfter(c echo.Context, d time.Duration) {
	if d > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))))
	}
}

func orHome(next string) string {
	if next == "" {
		return "/"
	}
	return next
}
