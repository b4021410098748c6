package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
)

// says is a handler that answers with a text.
func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

// options are those of an exporter with some accounts.
func options(accounts ...poll.Status) web.Options {
	return web.Options{
		Metrics:       says("all the metrics"),
		Probe:         says("the metrics of one account"),
		TelemetryPath: "/metrics",
		Limit:         web.Limit(40),
		Status:        func() []poll.Status { return accounts },
		Look:          func(string, ...store.Span) ([]store.Found, error) { return nil, nil },
		Ready:         func() error { return nil },
		Logger:        log.NewNopLogger(),
		Now:           func() time.Time { return now },
		Version:       "1.2.3",
	}
}

// ask sends a request to a handler.
func ask(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPaths(t *testing.T) {
	h := web.Handler(options(healthy("brand")))
	for _, c := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/", 200, `href="./status"`},
		{"GET", "/", 200, `href="./metrics"`},
		{"GET", "/", 200, `href="./sd"`},
		{"GET", "/", 200, `href="./-/healthy"`},
		{"GET", "/", 200, "Version: 1.2.3"},
		{"GET", "/", 200, "color-scheme: light dark"},
		{"GET", "/metrics", 200, "all the metrics"},
		{"GET", "/probe?target=brand", 200, "the metrics of one account"},
		{"GET", "/status", 200, "brand"},
		{"GET", "/status?account=brand", 200, "Status of brand"},
		{"GET", "/status?account=nobody", 404, `no account is named "nobody"`},
		{"GET", "/sd", 200, `"__param_target":"brand"`},
		{"GET", "/-/healthy", 200, "wx_exporter is healthy.\n"},
		{"GET", "/-/ready", 200, "wx_exporter is ready.\n"},
		{"GET", "/-/reload", 405, ""},
		{"POST", "/-/healthy", 405, ""},
		{"POST", "/status", 405, ""},
		{"POST", "/", 405, ""},
		{"GET", "/nowhere", 404, ""},
		{"GET", "/status/", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
		{"GET", "/metrics/", 404, ""},
	} {
		w := ask(h, c.method, c.path)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s %s answers %d with %.300q; want %d with %q in it", c.method, c.path, w.Code, w.Body, c.code, c.body)
		}
	}
}

func TestTelemetryPathGoesFirst(t *testing.T) {
	for telemetry, paths := range map[string]map[string]string{
		"/wechat":   {"/wechat": "all the metrics", "/metrics": "404", "/": `href="./wechat"`},
		"wechat":    {"/wechat": "all the metrics", "/": `href="./wechat"`},
		"/":         {"/": "all the metrics", "/status": "brand"},
		"":          {"/": "all the metrics"},
		"/status":   {"/status": "all the metrics", "/-/healthy": "healthy"},
		"/probe":    {"/probe": "all the metrics"},
		"/{odd} %<": {"/%7Bodd%7D%20%25%3C": "all the metrics", "/": `href="./%7Bodd%7D%20%25%3C"`, "/status": `href="./%7Bodd%7D%20%25%3C"`},
		"/a/metric": {"/a/metric": "all the metrics", "/a/": "404"},
	} {
		o := options(healthy("brand"))
		o.TelemetryPath = telemetry
		h := web.Handler(o)
		for path, want := range paths {
			if w := ask(h, "GET", path); !strings.Contains(w.Body.String(), want) {
				t.Errorf("telemetry path %q: %s answers %d with %.200q; want %q in it", telemetry, path, w.Code, w.Body, want)
			}
		}
	}
}

// TestLinks: what a page names is relative to it, or begins with the address that
// the user gave.
func TestLinks(t *testing.T) {
	for external, base := range map[string]string{
		"":                                  "./",
		"https://ops.example":               "https://ops.example/",
		"https://ops.example/wechat":        "https://ops.example/wechat/",
		"http://ops.example:8080/a/wechat/": "http://ops.example:8080/a/wechat/",
	} {
		o := options(healthy("brand"))
		o.TelemetryPath = "/wx"
		if external != "" {
			o.ExternalURL, _ = url.Parse(external)
		}
		h := web.Handler(o)
		for path, want := range map[string][]string{
			"/":                     {"-/healthy", "-/ready", "figures", "sd", "status", "wx"},
			"/status":               {"", "figures", "probe?target=brand", "sd", "wx"},
			"/status?account=brand": {"", "figures?account=brand", "probe?target=brand", "sd", "status", "wx"},
		} {
			w := ask(h, "GET", path)
			var links []string
			for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"#?][^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
				link, ours := strings.CutPrefix(m[1], base)
				if !ours {
					t.Errorf("%s with %q leads to %s", path, external, m[1])
				}
				links = append(links, link)
			}
			slices.Sort(links)
			if diff := cmp.Diff(want, links); w.Code != 200 || diff != "" {
				t.Errorf("%s with %q answers %d, links: %s", path, external, w.Code, diff)
			}
		}
	}
}

func TestReady(t *testing.T) {
	o := options()
	o.Ready = func() error { return errors.New("no data yet of store") }
	w := ask(web.Handler(o), "GET", "/-/ready")
	if w.Code != 503 || w.Body.String() != "wx_exporter is not ready: no data yet of store\n" {
		t.Errorf("/-/ready answers %d: %q", w.Code, w.Body)
	}
}

func TestReload(t *testing.T) {
	bad := errors.New("config.yml:3: api.url: no host\nconfig.yml:9: nonsense: unknown key")
	calls := 0
	calling := func(err error) func() error { return func() error { calls++; return err } }
	for name, c := range map[string]struct {
		reload func() error
		method string
		header []string
		code   int
		body   string
		calls  int
	}{
		"off":        {nil, "POST", nil, 403, "--web.enable-lifecycle", 0},
		"post":       {calling(nil), "POST", nil, 200, "The configuration was reloaded.\n", 1},
		"put":        {calling(nil), "PUT", nil, 200, "The configuration was reloaded.\n", 1},
		"get":        {calling(nil), "GET", nil, 405, "", 0},
		"bad file":   {calling(bad), "POST", nil, 500, "stays in use:\n" + bad.Error() + "\n", 1},
		"own page":   {calling(nil), "POST", []string{"Sec-Fetch-Site", "same-origin"}, 200, "", 1},
		"other site": {calling(nil), "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403, "", 0},
		"old other":  {calling(nil), "POST", []string{"Origin", "https://other.example"}, 403, "", 0},
	} {
		calls = 0
		o := options()
		o.Reload = c.reload
		w := ask(web.Handler(o), c.method, "/-/reload", c.header...)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.body) || calls != c.calls {
			t.Errorf("%s: %d, %q, %d reloads; want %d, %q, %d", name, w.Code, w.Body, calls, c.code, c.body, c.calls)
		}
		if allow := w.Header().Get("Allow"); c.method == "GET" && allow != "POST, PUT" {
			t.Errorf("%s: allows %q", name, allow)
		}
	}
}

func TestHeaders(t *testing.T) {
	want := map[string]string{
		"Cache-Control":           "no-store",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	}
	h := web.Handler(options(healthy("brand")))
	for path, contentType := range map[string]string{
		"/":                      "text/html; charset=utf-8",
		"/status":                "text/html; charset=utf-8",
		"/status?account=nobody": "text/plain; charset=utf-8",
		"/sd":                    "application/json",
		"/-/healthy":             "text/plain; charset=utf-8",
		"/-/ready":               "text/plain; charset=utf-8",
	} {
		header := ask(h, "GET", path).Header()
		got := map[string]string{}
		for name := range want {
			got[name] = header.Get(name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
		if got := header.Get("Content-Type"); got != contentType {
			t.Errorf("%s is %q, want %q", path, got, contentType)
		}
	}
	// A scrape is on a path that counts allocations.
	if header := ask(h, "GET", "/metrics").Header(); header.Get("Cache-Control") != "" {
		t.Errorf("/metrics has the headers of a page: %v", header)
	}
}

func TestHead(t *testing.T) {
	s := httptest.NewServer(web.Handler(options(healthy("brand"))))
	defer s.Close()
	for _, path := range []string{"/", "/status", "/sd", "/-/healthy", "/-/ready"} {
		get, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := io.ReadAll(get.Body)
		get.Body.Close()
		head, err := http.Head(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(head.Body)
		head.Body.Close()
		if head.StatusCode != 200 || len(body) > 0 || len(whole) == 0 || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s answers %d with %d bytes of %q", path, head.StatusCode, len(body), head.Header.Get("Content-Type"))
		}
	}
}
