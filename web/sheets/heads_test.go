package sheets_test

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// TestTheDaysName: the second line of heads has WeChat's names, also that of the day, which
// differs by API.
func TestTheDaysName(t *testing.T) {
	for name, want := range map[string]string{
		"getusersummary": "ref_date", "getarticletotal": "ref_date", "getweanalysisappidvisitpage": "ref_date", "publisher_adpos_general": "date",
		"publisher_adunit_general": "date", "publisher_settlement": "month", "publisher_settlement_slot_revenue": "month",
	} {
		v := view(name)
		line := make([]any, 2+len(v.Columns))
		line[0], line[1] = "brand", "2026-11-20"
		b := sheets.Book{Language: texts.English, Views: []collector.View{v}, Since: "2026-11-01", Until: "2026-11-20", Dir: t.TempDir()}
		var out bytes.Buffer
		if err := b.XLSX(t.Context(), rows{name: {line}}, &out); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := f.GetCellValue(v.Title.English, "B2"); err != nil || got != want {
			t.Errorf("%s: the day is called %q, %v, want %q", name, got, err, want)
		}
	}
}
