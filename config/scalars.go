package config

import (
	"errors"
	"io/fs"
	"math"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// maxDays bounds counts of days: a century, so that sums with dates stay far
// from any limit.
const maxDays = 36500

// text reads any single value as it is written.
func text[T ~string](dst *T) reader {
	return func(v value) {
		if !v.scalar("text", "!!str", "!!int", "!!float", "!!bool", "!!timestamp") {
			return
		}
		if strings.TrimSpace(v.node.Value) == "" {
			v.fail("is empty")
			return
		}
		*dst = T(v.node.Value)
	}
}

var wordPattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// word reads a name or an id.
func word(dst *string) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		switch {
		case s == "":
		case !wordPattern.MatchString(s):
			v.fail("may only hold letters, digits and _ . -")
		default:
			*dst = s
		}
	}
}

// choice reads one of a few words.
func choice(dst *string, words ...string) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		switch {
		case s == "":
		case !slices.Contains(words, s):
			v.fail("must be one of %s%s", strings.Join(words, ", "), didYouMean(s, words))
		default:
			*dst = s
		}
	}
}

func integer(dst *int, least, most int) reader {
	return func(v value) {
		if !v.scalar("a whole number", "!!int") {
			return
		}
		var n int
		if v.node.Decode(&n) != nil || n < least || n > most {
			v.fail("must be between %d and %d", least, most)
			return
		}
		*dst = n
	}
}

// rate reads a positive number.
func rate(dst *float64) reader {
	return func(v value) {
		if !v.scalar("a number", "!!int", "!!float") {
			return
		}
		var f float64
		if v.node.Decode(&f) != nil || !(f > 0) || math.IsInf(f, 1) {
			v.fail("must be a number above 0")
			return
		}
		*dst = f
	}
}

func boolean(v value) {
	if v.scalar("true or false", "!!bool") && v.node.Decode(new(bool)) != nil {
		v.fail("must be true or false")
	}
}

// duration reads a positive duration as Prometheus writes it.
func duration(dst *time.Duration) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		if s == "" {
			return
		}
		d, err := model.ParseDuration(s)
		switch {
		case err != nil:
			v.fail("must be a duration such as 15s, 30m or 1d")
		case d <= 0:
			v.fail("must be longer than 0s")
		default:
			*dst = time.Duration(d)
		}
	}
}

// clock reads a time of day, HH:MM, as the time since midnight.
func clock(dst *time.Duration) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		if s == "" {
			return
		}
		t, err := time.Parse("15:04", s)
		if err != nil {
			v.fail(`must be a time of day such as "08:00"`)
			return
		}
		*dst = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
}

// endpoint reads an http or https URL. Credentials in it are refused because
// URLs end up in messages; a query is for endpoints of the user's own.
func endpoint(dst *string, query bool) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		if s == "" {
			return
		}
		u, err := url.Parse(s)
		switch {
		case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
			v.fail("must be a URL that begins with http:// or https:// and a host")
		case u.User != nil:
			v.fail("must not hold a user name or password (use basic_auth)")
		case u.Fragment != "":
			v.fail("must not have a fragment")
		case query:
			*dst = u.String()
		case u.RawQuery != "" || u.ForceQuery:
			v.fail("must not have a query")
		default:
			*dst = strings.TrimRight(u.String(), "/")
		}
	}
}

// secretFile reads the path of a file that holds one line.
func secretFile(dst *string) reader {
	return file(dst, func(path string) error {
		_, err := readSecret(path)
		return err
	})
}

// readableFile reads the path of a file. What is in it may change at any time
// and is looked at when it is used.
func readableFile(dst *string) reader {
	return file(dst, func(path string) error {
		f, err := open(path)
		if err != nil {
			return err
		}
		return f.Close()
	})
}

func file(dst *string, check func(path string) error) reader {
	return func(v value) {
		var s string
		text(&s)(v)
		if s == "" {
			return
		}
		path := commoncfg.JoinDir(v.dir, s)
		err := check(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(s):
			v.fail("%s (relative paths start in the directory of the configuration file)", err)
		case err != nil:
			v.fail("%s", err)
		default:
			*dst = path
		}
	}
}
