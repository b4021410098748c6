package web_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web"
)

// groups is the answer of /sd, decoded with nothing left over.
type groups []struct {
	Targets []string
	Labels  map[string]string
}

func discover(t *testing.T, body []byte) groups {
	t.Helper()
	var g groups
	if err := json.Unmarshal(body, &g); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return g
}

func TestDiscovery(t *testing.T) {
	brand := healthy("brand")
	brand.Labels = map[string]string{"team": "growth", "city": `上海 "west"`}
	r := httptest.NewRequest("GET", "http://wx.example:10049/sd", nil)
	r.Header.Set("X-Forwarded-Host", "elsewhere.example")
	w := httptest.NewRecorder()
	web.Handler(options(brand, starting("store"))).ServeHTTP(w, r)
	want := groups{
		{[]string{"wx.example:10049"}, map[string]string{
			"instance":             "wx.example:10049/brand",
			"__metrics_path__":     "/probe",
			"__param_target":       "brand",
			"__meta_wx_account":    "brand",
			"__meta_wx_label_team": "growth",
			"__meta_wx_label_city": `上海 "west"`,
		}},
		{[]string{"wx.example:10049"}, map[string]string{
			"instance":          "wx.example:10049/store",
			"__metrics_path__":  "/probe",
			"__param_target":    "store",
			"__meta_wx_account": "store",
		}},
	}
	if diff := cmp.Diff(want, discover(t, w.Body.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestDiscoveryOverTLS(t *testing.T) {
	r := httptest.NewRequest("GET", "/sd", nil)
	r.Host, r.TLS = "[2001:db8::9]:10049", &tls.ConnectionState{}
	w := httptest.NewRecorder()
	web.Handler(options(healthy("brand"))).ServeHTTP(w, r)
	g := discover(t, w.Body.Bytes())
	if len(g) != 1 || g[0].Targets[0] != "[2001:db8::9]:10049" || g[0].Labels["__scheme__"] != "https" {
		t.Errorf("/sd over TLS: %v", g)
	}
}

// TestDiscoveryBehindAProxy: the targets are where the user says, whoever asks.
func TestDiscoveryBehindAProxy(t *testing.T) {
	for external, want := range map[string]groups{
		"https://ops.example/wechat/": {{[]string{"ops.example"}, map[string]string{
			"instance": "ops.example/brand", "__scheme__": "https", "__metrics_path__": "/wechat/probe", "__param_target": "brand", "__meta_wx_account": "brand",
		}}},
		"http://ops.example:8080/a%20b": {{[]string{"ops.example:8080"}, map[string]string{
			"instance": "ops.example:8080/brand", "__metrics_path__": "/a b/probe", "__param_target": "brand", "__meta_wx_account": "brand",
		}}},
		"http://ops.example": {{[]string{"ops.example"}, map[string]string{
			"instance": "ops.example/brand", "__metrics_path__": "/probe", "__param_target": "brand", "__meta_wx_account": "brand",
		}}},
	} {
		o := options(healthy("brand"))
		o.ExternalURL, _ = url.Parse(external)
		r := httptest.NewRequest("GET", "/sd", nil)
		r.Host, r.TLS = "10.0.0.9:10049", &tls.ConnectionState{}
		w := httptest.NewRecorder()
		web.Handler(o).ServeHTTP(w, r)
		if diff := cmp.Diff(want, discover(t, w.Body.Bytes())); diff != "" {
			t.Errorf("%s: %s", external, diff)
		}
	}
}

// TestDiscoveryOfNothing: Prometheus wants an empty list, not null.
func TestDiscoveryOfNothing(t *testing.T) {
	if w := ask(web.Handler(options([]poll.Status{}...)), "GET", "/sd"); w.Code != 200 || w.Body.String() != "[]\n" {
		t.Errorf("/sd without accounts answers %d: %q", w.Code, w.Body)
	}
}

func TestDiscoveryNeedsAHost(t *testing.T) {
	r := httptest.NewRequest("GET", "/sd", nil)
	r.Host = ""
	w := httptest.NewRecorder()
	web.Handler(options(healthy("brand"))).ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("/sd without Host answers %d: %s", w.Code, w.Body)
	}
}
