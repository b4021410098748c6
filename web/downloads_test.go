package web_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
)

// table is a store with a line in each view.
type table struct{ asked chan struct{} }

func (t table) Rows(_ context.Context, v store.View, since, until string, accounts ...string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		if t.asked != nil {
			t.asked <- struct{}{}
			<-t.asked
		}
		line := make([]any, 2+len(v.Columns))
		line[0], line[1] = strings.Join(accounts, "+"), until
		yield(line, nil)
	}
}

func (table) OpenDays(context.Context, string, string, ...string) ([]store.Found, error) {
	return nil, nil
}
func (table) Close() error { return nil }

func downloading(t *testing.T, from table, accounts ...poll.Status) web.Options {
	o := options(accounts...)
	o.Spool = t.TempDir()
	o.Tables = func(context.Context) (web.Tables, error) { return from, nil }
	return o
}

// TestDownloads: what is asked for comes as a file, and no more than is allowed.
func TestDownloads(t *testing.T) {
	many := []poll.Status{healthy("brand"), healthy("品牌")}
	for i := range 50 {
		many = append(many, healthy(fmt.Sprint("a", i)))
	}
	o := downloading(t, table{}, many...)
	h := web.Handler(o)
	for _, c := range []struct {
		query string
		code  int
		has   string
	}{
		{"format=csv&view=getusercumulate&account=brand", 200, "\ufeffAccount,Date,Followers\nbrand,2026-11-20,\n"},
		{"format=csv&view=getusercumulate&account=brand&account=%E5%93%81%E7%89%8C&lang=zh&until=2026-11-02&since=2026-11-01", 200, "brand+品牌,2026-11-02"},
		{"format=xlsx&account=brand", 200, "PK"},
		{"format=xlsx", 400, "at most 50 accounts"},
		{"format=xlsx&lang=zh", 400, "最多下载 50 个账号"},
		{"format=csv&account=brand", 400, "no table"},
		{"format=csv&view=sqlite_master&account=brand", 400, "no table"},
		{"format=csv&view=getweanalysisappiddailyretaininfo&account=brand", 400, "no table"},
		{"format=exe&account=brand", 400, "xlsx or csv"},
		{"format=csv&view=getusercumulate&account=nobody", 400, "no account"},
		{"format=xlsx&account=brand&since=2025-10-01&until=2026-11-05", 400, "at most 400 days"},
		{"format=xlsx&account=brand&since=2025-10-02&until=2026-11-05", 200, "PK"},
		{"format=xlsx&account=brand&since=tomorrow", 400, "YYYY-MM-DD"},
	} {
		w := ask(h, "GET", "/figures/download?"+c.query)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s: %d, %.80q, want %d with %q", c.query, w.Code, w.Body, c.code, c.has)
		}
		if disposition := w.Header().Get("Content-Disposition"); (c.code == 200) != strings.HasPrefix(disposition, `attachment; filename="`) {
			t.Errorf("%s: Content-Disposition is %q", c.query, disposition)
		}
	}
	if left, err := os.ReadDir(o.Spool); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestDownloadsOneAtATime: who comes meanwhile is told when to come again.
func TestDownloadsOneAtATime(t *testing.T) {
	from := table{make(chan struct{})}
	h := web.Handler(downloading(t, from, healthy("brand")))
	const path = "/figures/download?format=csv&view=getusercumulate"
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- ask(h, "GET", path) }()
	<-from.asked
	if w := ask(h, "GET", path); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the second is answered with %d, %v", w.Code, w.Header())
	}
	from.asked <- struct{}{}
	if w := <-first; w.Code != 200 {
		t.Errorf("the first is answered with %d", w.Code)
	}
}

// TestDownloadsWithoutRoom: where no file can be made, the log says what to do.
func TestDownloadsWithoutRoom(t *testing.T) {
	var said bytes.Buffer
	o := downloading(t, table{}, healthy("brand"))
	o.Spool, o.Logger = filepath.Join(o.Spool, "nowhere"), log.NewLogfmtLogger(&said)
	if w := ask(web.Handler(o), "GET", "/figures/download?format=xlsx"); w.Code != 500 || !strings.Contains(said.String(), "TMPDIR") {
		t.Errorf("%d %s: %s", w.Code, w.Body, &said)
	}
}
