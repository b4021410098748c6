// Package texts has what a person reads in a browser or in a file, in two languages.
package texts

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Language is a language that pages and files are written in.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Languages returns all languages; the first one is for who understands none of them.
func Languages() []Language { return []Language{English, Chinese} }

// Say returns a text of the catalog in the language, with its arguments in place. The
// English text is the name of both; one that the catalog lacks is said as it is.
func (l Language) Say(text string, args ...any) string {
	if l == Chinese {
		text = cmp.Or(chinese[text], text)
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Count writes a number of things, which a text of the catalog names in the singular.
func (l Language) Count(n int, thing string) string {
	if l == Chinese {
		return fmt.Sprintf("%d %s", n, l.Say(thing))
	}
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// Pick returns one of two texts that stand elsewhere, such as the name of a code.
func (l Language) Pick(english, chinese string) string {
	if l == Chinese {
		return chinese
	}
	return english
}

// Tag is the language as HTML and HTTP have it.
func (l Language) Tag() string { return l.Pick("en", "zh-CN") }

// Other is the other language, for a link to it.
func (l Language) Other() Language {
	if l == Chinese {
		return English
	}
	return Chinese
}

// OwnName is how the language calls itself.
func (l Language) OwnName() string { return l.Pick("English", "中文") }

// Advice returns what to do about an error in the language. Addresses in it are kept;
// advice that the catalog lacks stays as it is.
func (l Language) Advice(advice string) string {
	if l != Chinese {
		return advice
	}
	if said, ok := chinese[advice]; ok {
		return said
	}
	for text, said := range chinese {
		before, after, ok := strings.Cut(text, "{ip}")
		rest, begins := strings.CutPrefix(advice, before)
		addresses, ends := strings.CutSuffix(rest, after)
		if ok && begins && ends {
			addresses = strings.ReplaceAll(addresses, "the exporter's public address", "采集器的公网地址")
			return strings.ReplaceAll(said, "{ip}", strings.ReplaceAll(addresses, " and ", "、"))
		}
	}
	return advice
}

const (
	parameter = "lang"
	cookie    = "wx_exporter_lang"
)

// Of returns the language of a request: the parameter lang, else the one remembered,
// else what the browser prefers.
func Of(r *http.Request) Language {
	if l, ok := known(r.URL.Query().Get(parameter)); ok {
		return l
	}
	if c, err := r.Cookie(cookie); err == nil {
		if l, ok := known(c.Value); ok {
			return l
		}
	}
	var tags []language.Tag
	for _, l := range Languages() {
		tags = append(tags, language.Make(string(l)))
	}
	_, i := language.MatchStrings(language.NewMatcher(tags), r.Header.Get("Accept-Language"))
	return Languages()[i]
}

// Remember wraps a handler of pages: it has the browser remember the language that
// the request names.
func Remember(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, named := known(r.URL.Query().Get(parameter))
		if named {
			http.SetCookie(w, &http.Cookie{
				Name: cookie, Value: string(l), Path: "/", MaxAge: int(365 * 24 * time.Hour / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
			})
		}
		w.Header().Add("Vary", "Accept-Language, Cookie")
		w.Header().Set("Content-Language", Of(r).Tag())
		h.ServeHTTP(w, r)
	})
}

// Link is a query with the other language, which leads to the same page.
func (l Language) Link(query url.Values) string {
	q := maps.Clone(query)
	if q == nil {
		q = url.Values{}
	}
	q.Set(parameter, string(l))
	return "?" + q.Encode()
}

func known(name string) (Language, bool) {
	for _, l := range Languages() {
		if string(l) == name {
			return l, true
		}
	}
	return "", false
}
