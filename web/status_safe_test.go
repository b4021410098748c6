package web_test

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/web"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestStatusEscapes: nothing that WeChat, a proxy or a configuration says
// becomes more than text.
func TestStatusEscapes(t *testing.T) {
	const evil = `</style></title><script>alert(1)</script><img src=x onerror=alert(2)>"'` + "` {{.}} javascript:alert(3)"
	s := with(healthy(evil), failedWith("failing", wxclient.Error{Code: evil, Message: evil, Advice: evil}), "getusersummary")
	s.Labels = map[string]string{"note": evil}
	plain := show(t, "", with(healthy("brand"), failedWith("failing", busy()), "getusersummary"))
	for _, query := range []string{"", "?account=" + url.QueryEscape(evil)} {
		d := show(t, query, s)
		for _, tag := range []string{"script", "img"} {
			if n := len(d.all(tag)); n > 0 {
				t.Errorf("%q: %d elements %s", query, n, tag)
			}
		}
		if query == "" && len(d.all("a")) != len(plain.all("a")) {
			t.Errorf("%d links, want %d", len(d.all("a")), len(plain.all("a")))
		}
		if n := strings.Count(d.text(), evil); n < 5 {
			t.Errorf("%q: the text is there %d times only:\n%s", query, n, d.text())
		}
		for _, a := range d.all("a") {
			if u, err := url.Parse(a.attr("href")); err != nil || u.Scheme != "" || u.Host != "" {
				t.Errorf("%q: a link leads to %q", query, a.attr("href"))
			}
		}
	}
	if w := ask(web.Handler(options(s)), "GET", "/status?account="+url.QueryEscape("<script>")); w.Code != 404 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("an unknown account is answered with %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
}

// TestStatusStandsAlone: no script, nothing loaded, every link leads somewhere.
func TestStatusStandsAlone(t *testing.T) {
	for name, d := range map[string]document{
		"several": show(t, "", several()...),
		"one":     show(t, "?account=shop", several()...),
		"fleet":   show(t, "", fleet(200)...),
	} {
		ids := map[string]int{}
		for _, e := range d.all("") {
			if id := e.attr("id"); id != "" {
				ids[id]++
			}
			if slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form"}, e.Data) {
				t.Errorf("%s: there is an element %s", name, e.Data)
			}
			for _, a := range e.Attr {
				if a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has the attribute %s", name, e.Data, a.Key)
				}
			}
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: the id %s is there %d times", name, id, n)
			}
		}
		for _, e := range d.all("") {
			target, local := strings.CutPrefix(e.attr("href"), "#")
			if local && ids[target] == 0 {
				t.Errorf("%s: a link to #%s leads nowhere", name, target)
			}
			for _, ref := range strings.Fields(e.attr("aria-labelledby")) {
				if ids[ref] == 0 {
					t.Errorf("%s: %s is labelled by %s, which is not there", name, e.Data, ref)
				}
			}
		}
		css := d.all("style")[0].FirstChild.Data
		if strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "ZgotmplZ") {
			t.Errorf("%s: the style loads something, or is not there", name)
		}
	}
}

// TestStatusAccessible: what a screen reader needs.
func TestStatusAccessible(t *testing.T) {
	d := show(t, "", several()...)
	if lang := d.all("html")[0].attr("lang"); lang != "en" {
		t.Errorf("lang is %q", lang)
	}
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("%d headings h1", n)
	}
	for _, th := range d.all("th") {
		if th.attr("scope") == "" {
			t.Errorf("a heading without scope: %s", th.text())
		}
	}
	for _, box := range d.classed("scroll") {
		if box.attr("tabindex") != "0" || box.attr("role") != "region" {
			t.Error("the box that scrolls cannot be reached by keyboard")
		}
	}
	for _, td := range d.classed("overview")[0].all("td") {
		if class, _, _ := strings.Cut(td.attr("class"), " "); class != "" && class != "none" && !strings.HasPrefix(strings.TrimSpace(td.text()), class) {
			t.Errorf("a cell has the colours of %q and says %q", class, td.text())
		}
	}
}

// TestStatusContrast: text on every background of both palettes is readable.
func TestStatusContrast(t *testing.T) {
	css := show(t, "", several()...).all("style")[0].FirstChild.Data
	palettes := regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(css, -1)
	if len(palettes) != 2 {
		t.Fatalf("%d palettes", len(palettes))
	}
	colour := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]+);`)
	for _, palette := range palettes {
		colours := map[string]string{}
		for _, m := range colour.FindAllStringSubmatch(palette, -1) {
			colours[m[1]] = m[2]
		}
		pairs := [][2]string{{"text", "page"}, {"text", "head"}, {"quiet", "page"}, {"quiet", "head"}, {"link", "page"}}
		for _, state := range []string{"ok", "open", "parked", "failing", "denied", "offline"} {
			pairs = append(pairs, [2]string{state + "-text", state})
		}
		for _, p := range pairs {
			if c := contrast(t, colours[p[0]], colours[p[1]]); c < 4.5 {
				t.Errorf("%s on %s (%s on %s) has a contrast of %.1f", p[0], p[1], colours[p[0]], colours[p[1]], c)
			}
		}
	}
}

// contrast is the contrast ratio of two colours as WCAG defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of #rgb or #rrggbb.
func luminance(t *testing.T, c string) float64 {
	t.Helper()
	if len(c) == 4 {
		c = fmt.Sprintf("#%c%c%c%c%c%c", c[1], c[1], c[2], c[2], c[3], c[3])
	}
	var rgb [3]uint8
	if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %q: %v", c, err)
	}
	linear := func(v uint8) float64 {
		if s := float64(v) / 255; s > 0.04045 {
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return 0.2126*linear(rgb[0]) + 0.7152*linear(rgb[1]) + 0.0722*linear(rgb[2])
}
