package collector_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wxexporter/wx_exporter/collector"
)

// TestWords: every view and every column has words in both languages, and views have
// such that a sheet of a workbook may be called so.
func TestWords(t *testing.T) {
	titles := map[string]string{}
	for _, v := range collector.Views(collector.Families()) {
		for _, title := range []string{v.Title.English, v.Title.Chinese} {
			if n := utf8.RuneCountInString(title); n == 0 || n > 31 || strings.ContainsAny(title, `[]:*?/\'`) {
				t.Errorf("%s is called %q", v.Name, title)
			}
			if other, ok := titles[title]; ok {
				t.Errorf("%s and %s are both called %q", v.Name, other, title)
			}
			titles[title] = v.Name
		}
		heads := map[string]string{}
		for _, c := range v.Columns {
			for _, head := range []string{c.Head.English, c.Head.Chinese} {
				if other, ok := heads[head]; head == "" || ok {
					t.Errorf("%s.%s has the head %q, as %q", v.Name, c.Name, head, other)
				}
				heads[head] = c.Name
			}
		}
	}
}

// TestNameOf: codes, totals and scenes have names, and what is not known stays as
// it is.
func TestNameOf(t *testing.T) {
	for _, c := range []struct {
		kind, value string
		want        collector.Words
	}{
		{"user_source", "30", collector.Words{English: "QR code", Chinese: "扫描二维码"}},
		{"read_source", "99999999", collector.Words{English: "All", Chinese: "全部"}},
		{"user_source", "99999999", collector.Words{English: "All", Chinese: "全部"}},
		{"scene", "朋友圈", collector.Words{English: "Moments", Chinese: "朋友圈"}},
		{"scene", "moments", collector.Words{English: "Moments", Chinese: "朋友圈"}},
		{"user_source", "4711", collector.Words{English: "4711", Chinese: "4711"}},
	} {
		if got := collector.NameOf(c.kind, c.value); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.kind, c.value, got, c.want)
		}
	}
}

// TestNamesAreTold: no two codes of a kind have the same name, or who adds up by name
// would mix them.
func TestNamesAreTold(t *testing.T) {
	for _, language := range []func(collector.Code) string{
		func(c collector.Code) string { return c.Name }, func(c collector.Code) string { return c.NameZH },
	} {
		names := map[string]string{}
		for _, c := range collector.Codes() {
			if other, ok := names[c.Kind+" "+language(c)]; ok {
				t.Errorf("%s %s and %s are both called %q", c.Kind, c.Code, other, language(c))
			}
			names[c.Kind+" "+language(c)] = c.Code
		}
	}
}

// TestHeads: heads say what stands below them.
func TestHeads(t *testing.T) {
	want := map[string]collector.Words{
		"getweanalysisappidvisitdistribution_item_list.key":  {English: "Part", Chinese: "分类"},
		"getweanalysisappiddailyretaininfo_visit_uv.key":     {English: "Days after", Chinese: "间隔（天）"},
		"getweanalysisappidweeklyretaininfo_visit_uv.key":    {English: "Weeks after", Chinese: "间隔（周）"},
		"getweanalysisappidmonthlyretaininfo_visit_uv.key":   {English: "Months after", Chinese: "间隔（月）"},
		"getweanalysisappidmonthlyretaininfo_visit_uv.value": {English: "Visitors", Chinese: "人数"},
	}
	for _, v := range collector.Views(collector.Families()) {
		for _, c := range v.Columns {
			name := v.Name + "." + c.Name
			if head, ok := want[name]; ok && c.Head != head {
				t.Errorf("%s is called %q, want %q", name, c.Head, head)
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("there is no %v", want)
	}
}
