//go:build e2e

package sheets_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// busy is a store with some days of an account that publishes ten articles a day.
func busy(t *testing.T, days int) *store.Reader {
	t.Helper()
	account := wxtest.Account{Name: "busy", AppID: "wx00000000000000b5", Secret: "not-a-secret", OldArticles: true, Followers: 2_000_000, Articles: 10}
	w := harness.WeChat(wxtest.Options{Accounts: []wxtest.Account{account}})
	o := store.Options{Path: t.TempDir()}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.SetAccounts(store.Account{ID: account.AppID, Name: account.Name})
	for _, v := range collector.Views(collector.Families()) {
		var stored []store.Day
		for d := w.Newest() - calendar.Day(days) + 1; d <= w.Newest() && v.Each == nil; d++ {
			if rows := w.Rows(account.AppID, v.API, d); len(rows) > 0 {
				text, err := json.Marshal(rows)
				if err != nil {
					t.Fatal(err)
				}
				stored = append(stored, store.Day{Date: d.String(), Rows: text, Fetched: time.Now()})
			}
		}
		s.Put(account.AppID, v.API, stored...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenReader(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// peak samples the heap until the function that it returns is called, which returns
// by how much it was larger than at first.
func peak() func() uint64 {
	runtime.GC()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first, highest := heap(), uint64(0)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-tick.C:
				highest = max(highest, heap())
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() uint64 {
		cancel()
		<-ended
		return max(highest, first) - first
	}
}

// TestInLibreOffice: LibreOffice reads the workbook of a busy account, and each of its
// cells has what WeChat's row has. WX_DAYS=365 is a year, which takes minutes under the
// race detector.
func TestInLibreOffice(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("no LibreOffice: ", err)
	}
	days := harness.Wanted(t, "WX_DAYS", 14, strconv.Atoi)
	from := busy(t, days)
	b := sheets.Book{Language: texts.English, Views: collector.Views(collector.Families()), Dir: t.TempDir()}
	lines := 0
	b.Progress = func(string, int) { lines++ }
	file, err := os.Create(filepath.Join(b.Dir, "busy.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	begin, highest := time.Now(), peak()
	if err := b.XLSX(t.Context(), from, file); err != nil {
		t.Fatal(err)
	}
	took, heap := time.Since(begin), highest()
	size, _ := file.Seek(0, 1)
	t.Logf("%d lines in %s, %d MB of memory, %d MB of workbook", lines, took.Round(10*time.Millisecond), heap>>20, size>>20)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	out := t.TempDir()
	const commaQuotesUTF8AllSheets = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
	cmd := exec.Command(soffice, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", commaQuotesUTF8AllSheets, "--outdir", out, file.Name())
	if said, err := cmd.CombinedOutput(); err != nil || strings.Contains(strings.ToLower(string(said)), "error") {
		t.Fatalf("LibreOffice: %v: %s", err, said)
	}
	compared := 0
	for _, v := range b.Views {
		compared += compare(t, from, v, filepath.Join(out, "busy-"+v.Title.English+".csv"))
	}
	if compared != lines || lines < 1000*days {
		t.Errorf("%d lines were compared of %d", compared, lines)
	}
}

// compare holds the lines of a sheet against those of the store.
func compare(t *testing.T, from *store.Reader, v collector.View, sheet string) (n int) {
	t.Helper()
	var read [][]string
	if text, err := os.ReadFile(sheet); err == nil {
		if read, err = csv.NewReader(strings.NewReader(string(text))).ReadAll(); err != nil {
			t.Fatal(sheet, err)
		}
		read = read[2:]
	}
	for line, err := range from.Rows(t.Context(), sheets.StoreView(v), "", "9999-12-31") {
		if err != nil {
			t.Fatal(err)
		}
		for i, is := range line {
			if n >= len(read) || !equal(v, i, is, read[n][i]) {
				t.Errorf("%s, line %d of %d, column %d: WeChat has %v", v.Name, n, len(read), i, is)
				return n
			}
		}
		n++
	}
	return n
}

// equal reports whether LibreOffice shows what a cell of the store is; codes, which a
// sheet has by name, are not compared here.
func equal(v collector.View, column int, is any, shown string) bool {
	if column >= 2 && v.Columns[column-2].Coded() {
		return shown != ""
	}
	switch is := is.(type) {
	case nil:
		return shown == ""
	case float64:
		got, err := strconv.ParseFloat(shown, 64)
		return err == nil && math.Abs(got-is) <= 1e-9*max(1, math.Abs(is))
	case []byte:
		return string(is) == shown
	}
	return fmt.Sprint(is) == shown
}
