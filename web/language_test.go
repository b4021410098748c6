package web_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wxexporter/wx_exporter/web"
)

// TestPagesInChinese: what is not a name, a code or WeChat's own words is Chinese.
func TestPagesInChinese(t *testing.T) {
	words := regexp.MustCompile(`[a-z]{3,}`)
	for _, path := range []string{"/", "/status", "/status?account=shop"} {
		w := ask(web.Handler(options(several()...)), "GET", path, "Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
		n, err := html.Parse(strings.NewReader(w.Body.String()))
		if err != nil || w.Code != 200 {
			t.Fatal(w.Code, err)
		}
		d := document{n}
		if lang := d.all("html")[0].attr("lang"); lang != "zh-CN" {
			t.Errorf("%s: lang is %q", path, lang)
		}
		known := regexp.MustCompile(`wx_exporter|getu\w+|get\w+|http_sd_configs|Prometheus|brand|store|shop|kiosk|newcomer|team=growth|city=|English|rid: \S+|article|publish|interface|message|user|timeout`)
		texts := d.text()
		for _, f := range d.classed("fault") { // WeChat's messages are English
			for _, p := range f.all("p")[:1] {
				texts = strings.Replace(texts, p.text(), "", 1)
			}
		}
		if left := words.FindAllString(known.ReplaceAllString(texts, ""), -1); len(left) > 0 {
			t.Errorf("%s says in English: %q", path, left)
		}
		if a := d.all("a"); !strings.Contains(w.Body.String(), `lang=en`) || len(a) == 0 {
			t.Errorf("%s has no link to English", path)
		}
	}
	if w := ask(web.Handler(options(several()...)), "GET", "/status?account=nobody&lang=zh"); w.Code != 404 || !strings.Contains(w.Body.String(), "没有名为") {
		t.Errorf("an unknown account is answered with %d %s", w.Code, w.Body)
	}
}
