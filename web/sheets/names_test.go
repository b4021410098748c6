package sheets_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// TestNamesOfCodes: people read names, also where what a code means depends on the rest
// of the line; a code without a name stays.
func TestNamesOfCodes(t *testing.T) {
	const day = "2026-11-20"
	for _, c := range []struct {
		view    string
		cells   map[string]any
		english string
		chinese string
	}{
		{view: "getweanalysisappidvisitdistribution_item_list", cells: map[string]any{"index": "access_source_session_cnt", "key": "8", "value": int64(9)}, english: "Sessions by source,Mini program page,9", chinese: "打开次数（按来源）,小程序主页,9"},
		{view: "getweanalysisappidvisitdistribution_item_list", cells: map[string]any{"index": []byte("access_staytime_info"), "key": []byte("8"), "value": int64(9)}, english: "Sessions by length,More than 100 s,9", chinese: "打开次数（按停留时长）,大于 100 秒,9"},
		{view: "getweanalysisappidvisitdistribution_item_list", cells: map[string]any{"index": "access_depth_info", "key": "6", "value": int64(9)}, english: "Sessions by pages,6-10 pages,9", chinese: "打开次数（按访问深度）,6-10 页,9"},
		{view: "getweanalysisappidvisitdistribution_item_list", cells: map[string]any{"index": "new", "key": "6", "value": int64(9)}, english: "new,6,9", chinese: "new,6,9"},
		{view: "get_performance", cells: map[string]any{"cost_time_type": int64(2), "cost_time": int64(18)}, english: "download,18", chinese: "下载,18"},
		{view: "publisher_settlement", cells: map[string]any{"sett_status": int64(5)}, english: "paid", chinese: "已付款"},
	} {
		for language, want := range map[texts.Language]string{texts.English: c.english, texts.Chinese: c.chinese} {
			v := view(c.view)
			line := make([]any, 2+len(v.Columns))
			line[0], line[1] = "shop", day
			for i, column := range v.Columns {
				line[2+i] = c.cells[column.Name]
			}
			var out bytes.Buffer
			b := sheets.Book{Language: language, Views: []collector.View{v}}
			if err := b.CSV(t.Context(), rows{v.Name: {line}}, v, &out); err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(out.String(), "\n")
			if got = strings.Trim(strings.TrimPrefix(strings.TrimSpace(got), "shop,"+day), ","); got != want {
				t.Errorf("%s: %q, want %q", c.view, got, want)
			}
		}
	}
}
