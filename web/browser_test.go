//go:build e2e

package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	cdplog "github.com/chromedp/cdproto/log"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
)

// visitor is a person with Chromium.
type visitor struct {
	context.Context
	t        *testing.T
	mu       sync.Mutex
	hosts    map[string]bool // to which requests went
	problems []string        // of the console
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	})
	v := &visitor{Context: ctx, t: t, hosts: map[string]bool{}}
	err := chromedp.Listen(ctx, func(event any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err == nil {
				v.hosts[u.Host] = true
			}
		case *cdplog.EventEntryAdded:
			v.problems = append(v.problems, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventExceptionThrown:
			v.problems = append(v.problems, e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			v.problems = append(v.problems, string(e.Type))
		}
	})
	if err != nil {
		t.Fatal("no Chromium: ", err)
	}
	return v
}

// do runs steps in the browser.
func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v, steps...); err != nil {
		v.t.Fatal(err)
	}
}

// on has the page shown in a width, on the screen or in print.
func (v *visitor) on(width int64, medium string) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(width, 900))
	if _, err := chromedp.Call(v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium}); err != nil {
		v.t.Fatal(err)
	}
}

// follow clicks and waits for the page that this leads to.
func (v *visitor) follow(selector string) {
	v.t.Helper()
	if r, err := chromedp.RunResponse(v, chromedp.Click(chromedp.CSS(selector))); err != nil || r.Status != http.StatusOK {
		v.t.Fatal(selector, err)
	}
}

// told evaluates an expression about the page.
func told[T any](v *visitor, expression string) T {
	v.t.Helper()
	is, err := chromedp.Run(v, chromedp.Evaluate[T](expression))
	if err != nil {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return is
}

// faults tells in words what of the page cannot be read: what sticks out of it, texts
// of charts that are small or lie over each other, and charts without their figures.
const faults = `(() => {
  const found = [], name = e => e.tagName + '.' + e.getAttribute('class');
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the screen');
  const box = e => e.getBoundingClientRect();
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].map(box), all = box(svg);
    if (texts.length < 4) found.push('a chart has no axes');
    texts.forEach((a, i) => {
      if (a.height < 9) found.push('a text of a chart is ' + a.height + ' high');
      if (a.left < all.left - 1 || a.right > all.right + 1 || a.top < all.top - 1 || a.bottom > all.bottom + 1) found.push('a text sticks out of its chart');
      texts.slice(i + 1).forEach(b => { if (a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2) found.push('texts of a chart overlap'); });
    });
    if (!svg.closest('section').querySelector('table tbody td')) found.push('a chart has no table');
  }
  for (const e of document.querySelectorAll('td, dd, figcaption, h1, h2, .chip')) {
    if (!e.closest('.scroll') && e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline') found.push(name(e) + ' is cut: ' + e.textContent);
  }
  for (const e of document.querySelectorAll('.chip')) {
    const a = box(e), before = e.parentElement.previousElementSibling;
    if (before && before.matches('th')) { const r = document.createRange(); r.selectNodeContents(before); const b = box(r);
      if (b.right > a.left + 1 && b.top < a.bottom - 1 && a.top < b.bottom - 1 && b.left < a.right) found.push('a chip lies over ' + before.textContent); }
  }
  return found;
})()`

// exporters are what there is to look at.
func exporters(t *testing.T) map[string]string {
	with := func(accounts []poll.Status) web.Options {
		for i, s := range accounts {
			accounts[i].ID = "wx" + s.Account
		}
		return withFigures(accounts...)
	}
	empty := options(starting("newcomer"))
	empty.Look = func(string, ...store.Span) ([]store.Found, error) { return nil, nil }
	demo := harness.Start(t, harness.Build(t), "--demo")
	harness.Eventually(t, "the demo's first figures", func() bool {
		code, _ := demo.Get(t, "/-/ready")
		return code == http.StatusOK
	})
	return map[string]string{
		"demo":     demo.URL,
		"accounts": harness.Serve(t, web.Handler(withFigures(known("brand"), known("品牌")))),
		"50":       harness.Serve(t, web.Handler(with(fleet(50)))),
		"1000":     harness.Serve(t, web.Handler(with(fleet(1000)))),
		"refused":  harness.Serve(t, web.Handler(with(several()))),
		"empty":    harness.Serve(t, web.Handler(empty)),
		"none":     harness.Serve(t, web.Handler(options())),
	}
}

// TestPagesInChromium: every page can be read on a phone, on a screen and on paper, in
// both languages, with nothing from elsewhere and nothing in the console.
func TestPagesInChromium(t *testing.T) {
	v := newVisitor(t)
	for name, address := range exporters(t) {
		t.Run(name, func(t *testing.T) {
			v.t = t
			for _, path := range []string{"/", "/status", "/figures"} {
				for _, lang := range []string{"en", "zh"} {
					page := address + path + "?lang=" + lang
					v.visit(page)
					firsts := told[[]string](v, `[...new Set([...document.querySelectorAll('table')].map(t => t.querySelector('tbody th a')?.textContent).filter(Boolean))]`)
					for _, account := range firsts { // one of each type
						v.visit(page + "&days=365&account=" + url.QueryEscape(account))
					}
				}
			}
			u, err := url.Parse(address)
			v.mu.Lock()
			defer v.mu.Unlock()
			if err != nil || !v.hosts[u.Host] || len(v.hosts) > 1 {
				t.Errorf("%s: requests went to %v, %v", address, v.hosts, err)
			}
			clear(v.hosts)
		})
	}
}

// visit looks at a page in every way that people do.
func (v *visitor) visit(address string) {
	v.t.Helper()
	v.do(chromedp.Navigate(address))
	for _, width := range []int64{390, 768, 1366, 1920} {
		v.on(width, "screen")
		v.check(fmt.Sprintf("%s at %d px", address, width))
	}
	v.on(718, "print") // A4 with Chromium's margins
	v.check(address + " in print")
	if told[bool](v, `[...document.querySelectorAll('.scroll')].some(e => e.scrollHeight > e.clientHeight + 1)`) {
		v.t.Errorf("%s: print cuts a table off", address)
	}
}

func (v *visitor) check(where string) {
	v.t.Helper()
	if found := told[[]string](v, faults); len(found) > 0 {
		v.t.Errorf("%s: %q", where, found[:min(5, len(found))])
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.problems) > 0 {
		v.t.Errorf("%s: the console says %q", where, v.problems)
		v.problems = nil
	}
}

// TestWaysInChromium: links lead on, the language is remembered, and downloads arrive.
func TestWaysInChromium(t *testing.T) {
	v := newVisitor(t)
	demo := harness.Start(t, harness.Build(t), "--demo")
	harness.Eventually(t, "the demo's first figures", func() bool {
		code, _ := demo.Get(t, "/-/ready")
		return code == http.StatusOK
	})
	v.do(chromedp.Navigate(demo.URL + "/"))
	v.follow(`a[href$="figures"]`)
	v.follow(`tbody a[href$="account=brand"]`)
	if told[string](v, `document.title`) != "brand – wx_exporter figures" {
		t.Errorf("the link of an account leads to %q", told[string](v, `document.title`))
	}
	v.follow(`a[hreflang="zh-CN"]`)
	if told[string](v, `document.documentElement.lang + document.querySelector('h1').textContent`) != "zh-CNbrand" {
		t.Error("the link to Chinese leads elsewhere")
	}
	v.do(chromedp.Navigate(demo.URL + "/figures?account=brand"))
	if told[string](v, `document.documentElement.lang`) != "zh-CN" {
		t.Error("the language is forgotten")
	}
	for _, page := range []string{"/", "/figures", "/figures?account=brand", "/status", "/status?account=store"} {
		v.do(chromedp.Navigate(demo.URL + page))
		for _, link := range told[[]string](v, `[...new Set([...document.links].map(a => a.href))].filter(a => a.startsWith(location.origin) && !a.includes('/download'))`) {
			if code, _ := harness.Fetch(t, "GET", link); code != http.StatusOK {
				t.Errorf("%s leads to %s, which answers %d", page, link, code)
			}
		}
	}
	v.do(chromedp.Navigate(demo.URL + "/figures?account=brand"))
	book, err := excelize.OpenFile(v.download(`header a[download]`))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheets := book.GetSheetList(); len(sheets) < 20 || sheets[1] != "用户增减" {
		t.Errorf("the workbook has the sheets %q", sheets)
	}
	table, err := os.ReadFile(v.download(`section a[href*="csv"]`))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(table), "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 100 || !slices.Equal(rows[0], []string{"账号", "日期", "来源", "新增关注", "取消关注"}) {
		t.Errorf("the table begins %q: %v", rows[:min(2, len(rows))], err)
	}
}

// download clicks and returns the file that arrives.
func (v *visitor) download(selector string) string {
	v.t.Helper()
	dir := v.t.TempDir()
	progress := chromedp.Events(v, browser.DownloadProgress)
	events := true
	if _, err := chromedp.Call(v, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: &events,
	}); err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.Click(chromedp.CSS(selector)))
	for e, err := range progress {
		if err != nil || e.State == browser.DownloadProgressStateCanceled {
			v.t.Fatalf("%s: no download: %v", selector, err)
		}
		if e.State == browser.DownloadProgressStateCompleted {
			return filepath.Join(dir, e.GUID)
		}
	}
	v.t.Fatal("no download")
	return ""
}
