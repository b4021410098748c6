package sheets_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

var update = flag.Bool("update", false, "write the golden files")

// rows is a store with lines of some views.
type rows map[string][][]any

func (r rows) Rows(_ context.Context, v store.View, _, _ string, _ ...string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, line := range r[v.Name] {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (r rows) OpenDays(context.Context, string, string, ...string) ([]store.Found, error) {
	return []store.Found{{Account: "brand", API: "getusersummary", Day: store.Day{Date: "2026-11-20", Open: true}}}, nil
}

const formula = `=HYPERLINK("http://evil.example","click")`

// lines has a line of two views.
func lines() rows {
	total := make([]any, 2+len(view("getarticletotal").Columns))
	total[0], total[1] = "品牌", "2026-11-18"
	for i, c := range view("getarticletotal").Columns {
		switch c.Name {
		case "msgid":
			total[2+i] = "12003_3"
		case "title":
			total[2+i] = formula
		case "url":
			total[2+i] = "https://mp.weixin.qq.com/s?a=1"
		case "stat_date":
			total[2+i] = "2026-11-19"
		case "int_page_read_user":
			total[2+i] = int64(4321)
		}
	}
	return rows{
		"getusersummary":  {{"品牌", "2026-11-19", int64(30), int64(1234567), nil}, {"品牌", "2026-11-20", int64(99999999), int64(0), int64(2)}},
		"getarticletotal": {total},
	}
}

func view(name string) collector.View {
	all := collector.Views(collector.Families())
	return all[slices.IndexFunc(all, func(v collector.View) bool { return v.Name == name })]
}

// TestWorkbook: numbers are numbers, days are days, and texts are no formulas.
func TestWorkbook(t *testing.T) {
	b := sheets.Book{Language: texts.Chinese, Views: collector.Views(collector.Families()), Since: "2026-11-01", Until: "2026-11-20", Made: "wx_exporter 1.2.3", Dir: t.TempDir()}
	var out bytes.Buffer
	if err := b.XLSX(t.Context(), lines(), &out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"说明", "用户增减", "图文累计"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	got, err := f.GetRows("用户增减")
	want := [][]string{
		{"账号", "日期", "来源", "新增关注", "取消关注"}, {"account", "ref_date", "user_source", "new_user", "cancel_user"},
		{"品牌", "2026-11-19", "扫描二维码", "1234567"}, {"品牌", "2026-11-20", "全部", "0", "2"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for cell, want := range map[string]excelize.CellType{"A3": excelize.CellTypeInlineString, "B3": excelize.CellTypeUnset, "D3": excelize.CellTypeUnset} {
		if kind, err := f.GetCellType("用户增减", cell); err != nil || kind != want {
			t.Errorf("%s is of type %v, want %v, %v", cell, kind, want, err)
		}
	}
	if raw, err := f.GetCellValue("用户增减", "B3", excelize.Options{RawCellValue: true}); err != nil || raw != "46345" {
		t.Errorf("the day is stored as %q, %v", raw, err)
	}
	title, link := slices.IndexFunc(view("getarticletotal").Columns, is("title")), slices.IndexFunc(view("getarticletotal").Columns, is("url"))
	at, _ := excelize.CoordinatesToCellName(title+3, 3)
	value, err := f.GetCellValue("图文累计", at)
	written, err2 := f.GetCellFormula("图文累计", at)
	if err != nil || err2 != nil || value != formula || written != "" {
		t.Errorf("%s is %q with the formula %q", at, value, written)
	}
	at, _ = excelize.CoordinatesToCellName(link+3, 3)
	if ok, target, err := f.GetCellHyperLink("图文累计", at); err != nil || !ok || target != "https://mp.weixin.qq.com/s?a=1" {
		t.Errorf("%s leads to %q, %v", at, target, err)
	}
	about, err := f.GetRows("说明")
	if text := fmt.Sprint(about); err != nil || !strings.Contains(text, "[brand getusersummary 2026-11-20]") || !strings.Contains(text, "[用户增减 新增关注 各日与各部分]") {
		t.Errorf("the sheet about: %v %s", err, text)
	}
	if left, _ := filepath.Glob(filepath.Join(b.Dir, "*")); len(left) > 0 {
		t.Errorf("files are left: %q", left)
	}
}

// TestSecondSheet: what a sheet does not take goes on in another, with heads, and
// nothing is lost.
func TestSecondSheet(t *testing.T) {
	b := sheets.Book{Language: texts.English, Views: []collector.View{view("getusersummary")}, MaxRows: 5, Dir: t.TempDir()}
	all := rows{}
	for i := range 7 {
		all["getusersummary"] = append(all["getusersummary"], []any{"brand", "2026-11-19", int64(i), int64(100 + i), nil})
	}
	var out bytes.Buffer
	if err := b.XLSX(t.Context(), all, &out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for _, sheet := range f.GetSheetList()[1:] {
		lines, err := f.GetRows(sheet)
		if err != nil || lines[0][0] != "Account" || lines[1][0] != "account" {
			t.Fatal(sheet, err, lines)
		}
		for _, line := range lines[2:] {
			got = append(got, sheet+" "+line[3])
		}
	}
	want := []string{"Followers by source 100", "Followers by source 101", "Followers by source 102", "Followers by source 2 103", "Followers by source 2 104", "Followers by source 2 105", "Followers by source 3 106"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSheetNames: each view has a name of its own that Excel takes, also where a
// further sheet has the beginning of it and a number.
func TestSheetNames(t *testing.T) {
	for _, l := range texts.Languages() {
		seen := map[string]bool{l.Say("about"): true}
		for _, v := range collector.Views(collector.Families()) {
			name := l.Pick(v.Title.English, v.Title.Chinese)
			begins := fmt.Sprintf("%.27s", name)
			if seen[begins] || name == "" || len(utf16.Encode([]rune(name))) > 31 || strings.ContainsAny(name, `:\/?*[]'`) {
				t.Errorf("%s: the sheet of %s would be called %q", l, v.Name, name)
			}
			seen[begins] = true
		}
	}
}

func is(name string) func(collector.Column) bool {
	return func(c collector.Column) bool { return c.Name == name }
}

// TestTable: a table reads back as it was, texts that look like formulas aside.
func TestTable(t *testing.T) {
	b := sheets.Book{Language: texts.English}
	var out bytes.Buffer
	if err := b.CSV(t.Context(), lines(), view("getarticletotal"), &out); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(out.String(), "\ufeff")
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil || len(all) != 2 {
		t.Fatal(ok, err, all)
	}
	title := 2 + slices.IndexFunc(view("getarticletotal").Columns, is("title"))
	if all[0][title] != "Title" || all[1][title] != "'"+formula {
		t.Errorf("the title is %q, %q", all[0][title], all[1][title])
	}
	if all[1][0] != "品牌" || all[1][1] != "2026-11-18" {
		t.Errorf("the line begins with %q", all[1][:2])
	}
}

// TestGoldenHeads: the heads of every view in both languages.
func TestGoldenHeads(t *testing.T) {
	var b strings.Builder
	for _, v := range collector.Views(collector.Families()) {
		fmt.Fprintf(&b, "%s | %s | %s\n", v.Name, v.Title.English, v.Title.Chinese)
		for _, c := range v.Columns {
			fmt.Fprintf(&b, "\t%s | %s | %s | %s\n", c.Name, c.Head.English, c.Head.Chinese, c.Code)
		}
	}
	name := filepath.Join("testdata", "heads.txt")
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if diff := cmp.Diff(string(want), b.String()); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
