package config

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// maxDays bounds counts of days to a century, so that sums with dates cannot
// overflow.
const maxDays = 36500

// section is a part of a file; it reports problems under its own key. The methods
// below check what was decoded from a section and complete it: they resolve
// relative paths and fill in the mode of a token.
type section struct {
	*file
	key string
}

func (s section) in(part string) section { return section{s.file, join(s.key, part)} }

func (s section) fail(part, format string, args ...any) {
	s.file.fail(s.find(join(s.key, part)), format, args...)
}

// warning is the text of what was accepted although it looks like a mistake.
func (s section) warning(part, format string, args ...any) string {
	return problem{s.name, s.find(join(s.key, part)), fmt.Sprintf(format, args...)}.Error()
}

func (c *Config) validate(s section, known Vocabulary) {
	c.API.validate(s.in("api"))
	_, c.Poll.NotBeforeSet = s.at["poll.not_before"]
	s.between("poll.settle_days", c.Poll.SettleDays, 0, maxDays)
	c.Window.validate(s.in("window"))
	s.between("storage.retention", c.Storage.Retention, 0, maxDays)
	largest := max(c.Window.Daily, c.Window.Hourly, c.Window.Article)
	if r := c.Storage.Retention; r > 0 && r < largest {
		s.fail("storage.retention", "must be 0 or at least the largest window, %d days", largest)
	}
	c.Warnings = append(c.Warnings, c.History.validate(s.in("history"), known, c.Storage.Retention)...)
	names := map[string]bool{}
	for i := range c.Remote {
		r := &c.Remote[i]
		r.validate(s.in(index("remote_write", i)), known)
		if r.Name != "" && names[r.Name] {
			s.fail(index("remote_write", i)+".name", "an earlier receiver has this name; without one it is host and path of the url")
		}
		names[r.Name] = true
	}
}

// oldestClock is a day that has passed. A clock before it is wrong, and says
// nothing about the future.
const oldestClock = "2026-01-01"

// validate returns warnings of what is configured and has no effect.
func (h *History) validate(s section, known Vocabulary, retention int) (warnings []string) {
	s.between("calls_per_day", h.CallsPerDay, 1, maxDays)
	if known.FillCalls > 0 && h.CallsPerDay > known.FillCalls {
		warnings = append(warnings, s.warning("calls_per_day", "at most %d count: the other calls that a day may have are kept for the current day", known.FillCalls))
	}
	if !text(s, "since", &h.Since, day) || h.Since == "" || known.Today < oldestClock {
		return warnings
	}
	if h.Since > known.Today {
		s.fail("since", "lies in the future: in Beijing it is %s", known.Today)
	}
	today, err := time.Parse(time.DateOnly, known.Today)
	if oldest := today.AddDate(0, 0, -retention).Format(time.DateOnly); err == nil && retention > 0 && h.Since < oldest {
		warnings = append(warnings, s.warning("since", "storage.retention keeps the days from %s on: older ones are not asked for", oldest))
	}
	return warnings
}

func (a *API) validate(s section) {
	text(s, "url", &a.URL, address)
	a.URL = strings.TrimRight(a.URL, "/")
	if strings.Contains(a.URL, "?") {
		s.fail("url", "must not have a query")
	}
	if !(a.RequestsPerSecond > 0) || math.IsInf(a.RequestsPerSecond, 1) {
		s.fail("requests_per_second", "must be a number above 0")
	}
	s.between("max_connections", a.MaxConnections, 1, 10_000)
	s.http(&a.HTTP)
}

func (w *Window) validate(s section) {
	s.between("daily", w.Daily, 1, maxDays)
	s.between("hourly", w.Hourly, 0, maxDays)
	s.between("article", w.Article, 0, maxDays)
	s.between("articles_per_day", w.ArticlesPerDay, 0, 1_000_000_000)
	s.between("pages_per_day", w.PagesPerDay, 0, 1_000_000_000)
}

func (r *Remote) validate(s section, known Vocabulary) {
	text(s, "name", &r.Name, name)
	text(s, "url", &r.URL, address)
	key := "collectors"
	if _, old := s.at[join(s.key, "families")]; old {
		key = "families"
	}
	s.families(key, r.Collectors, known.Families)
	if !s.clean(s.key) {
		return
	}
	s.need("url", r.URL)
	if u, err := url.Parse(r.URL); err == nil && r.Name == "" {
		r.Name = u.Host + u.Path
	}
	s.http(&r.HTTP)
}

// validate checks each value; then, of an account of which nothing is wrong, what is
// missing and what does not go together.
func (a *Account) validate(s section, known Vocabulary) {
	text(s, "name", &a.Name, name)
	text(s, "app_id", &a.AppID, appID)
	text(s, "app_secret", &a.AppSecret, appSecret)
	s.readable("app_secret_file", &a.AppSecretFile, isSecretFile)
	a.validateType(s, known)
	a.validateLabels(s.in("labels"), known.Labels)
	a.Token.validate(s.in("token"))
	if !s.clean(s.key) {
		return
	}
	a.Token.complete(s.in("token"))
	s.need("name", a.Name)
	mode, secret, file := a.Token.Mode, a.AppSecret != "", a.AppSecretFile != ""
	needed := mode == TokenStable || mode == TokenClassic
	if needed || mode == TokenAuthorizer {
		s.need("app_id", a.AppID)
	}
	switch {
	case mode == "": // what is needed depends on it
	case needed && !secret && !file:
		s.fail("app_secret", "missing (or app_secret_file)")
	case needed && secret && file:
		s.fail("app_secret_file", "there is app_secret already: only one of the two")
	case !needed && secret:
		s.fail("app_secret", "is not used with token.%s", mode)
	case !needed && file:
		s.fail("app_secret_file", "is not used with token.%s", mode)
	}
}

// validateType checks the type and the collectors, which depend on it.
func (a *Account) validateType(s section, known Vocabulary) {
	var types []string
	for _, t := range known.Types {
		types = append(types, t.Name)
		a.Type = cmp.Or(a.Type, t.Name)
		if t.Name == a.Type {
			s.ofType(t, a.Collectors, known.Families)
		}
	}
	if a.Type != "" && !slices.Contains(types, a.Type) {
		s.fail("type", "must be one of %s", strings.Join(types, ", "))
	}
	if a.Collectors != nil && len(a.Collectors) == 0 {
		s.fail("collectors", "is empty: leave the key out for every collector that the flags allow")
	}
	s.families("collectors", a.Collectors, known.Families)
}

// ofType checks that accounts of a type have the collectors.
func (s section) ofType(t Type, collectors, families []string) {
	for i, name := range collectors {
		if slices.Contains(families, name) && !slices.Contains(t.Families, name) {
			s.fail(index("collectors", i), "is not for an account of type %s, which has %s", t.Name, strings.Join(t.Families, ", "))
		}
	}
}

// families checks and sorts a list of families.
func (s section) families(key string, list, families []string) {
	for i, name := range list {
		if !slices.Contains(families, name) {
			s.fail(index(key, i), "must be one of %s", strings.Join(families, ", "))
		} else if slices.Contains(list[:i], name) {
			s.fail(index(key, i), "is in the list already")
		}
	}
	slices.SortFunc(list, func(x, y string) int { return slices.Index(families, x) - slices.Index(families, y) })
}

func (a *Account) validateLabels(s section, reserved []string) {
	for name := range a.Labels {
		switch {
		case !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "__"):
			s.fail(name, "is no label name: letters, digits and _, not beginning with a digit or __")
		case name == model.JobLabel || name == model.InstanceLabel:
			s.fail(name, "Prometheus sets this label when it scrapes")
		case slices.Contains(reserved, name):
			s.fail(name, "the exporter has a label of this name itself")
		}
	}
}

func (t *Token) validate(s section) {
	s.readable("file", &t.File, isTokenFile)
	text(s, "url", &t.URL, address)
	a := s.in("authorizer")
	text(a, "component_app_id", &t.Authorizer.ComponentAppID, appID)
	text(a, "component_access_token_url", &t.Authorizer.ComponentTokenURL, address)
	a.readable("component_access_token_file", &t.Authorizer.ComponentTokenFile, isTokenFile)
	a.readable("refresh_token_file", &t.Authorizer.RefreshTokenFile, isLineFile)
}

// complete sets the mode of a token by what there is.
func (t *Token) complete(s section) {
	sources := map[string]bool{
		"mode": t.Mode != "", TokenFile: t.File != "", TokenURL: t.URL != "", TokenAuthorizer: t.Authorizer != Authorizer{},
	}
	maps.DeleteFunc(sources, func(_ string, given bool) bool { return !given })
	mode := t.Mode
	t.Mode = ""
	switch {
	case len(sources) != 1:
		s.fail("", "needs exactly one of mode, file, url, authorizer")
		return
	case mode == "":
		t.Mode = slices.Collect(maps.Keys(sources))[0]
	case mode == TokenStable || mode == TokenClassic:
		t.Mode = mode
	default:
		s.fail("mode", "must be one of stable, classic")
		return
	}
	if t.Mode == TokenAuthorizer {
		t.Authorizer.complete(s.in("authorizer"))
	}
	if t.URL == "" && t.Authorizer.ComponentTokenURL == "" && !reflect.DeepEqual(t.HTTP, commoncfg.DefaultHTTPClientConfig) {
		s.fail("", "HTTP client keys are only used with url or authorizer.component_access_token_url (api has its own)")
	}
	s.http(&t.HTTP)
}

func (a *Authorizer) complete(s section) {
	s.need("component_app_id", a.ComponentAppID)
	s.need("refresh_token_file", a.RefreshTokenFile)
	if (a.ComponentTokenFile == "") == (a.ComponentTokenURL == "") {
		s.fail("", "needs exactly one of component_access_token_file, component_access_token_url")
	}
}

// text checks a value by how it looks, and puts it as it is to be used. It returns
// false if it is wrong, or was told to be.
func text[T ~string](s section, key string, value *T, look func(string) (string, error)) bool {
	if !s.clean(join(s.key, key)) {
		return false
	}
	if *value == "" {
		return true
	}
	is, err := look(string(*value))
	if err != nil {
		s.fail(key, "%s", err)
		return false
	}
	*value = T(is)
	return true
}

// readable checks the file that a key names, and completes its path.
func (s section) readable(key string, path *string, check func(path string) error) {
	if *path == "" {
		return
	}
	if err := readable(s.dir, *path, check); err != nil {
		s.fail(key, "%s", err)
	}
	*path = commoncfg.JoinDir(s.dir, *path)
}

func (s section) need(key, value string) {
	if value == "" {
		s.fail(key, "missing")
	}
}

func (s section) between(key string, n, least, most int) {
	if n < least || n > most {
		s.fail(key, "must be between %d and %d", least, most)
	}
}
