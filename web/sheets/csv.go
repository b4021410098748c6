package sheets

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
)

// mark is the byte order mark, by which Excel knows UTF-8.
const mark = "\ufeff"

// CSV writes a view: a line of heads in words, names for codes, for Excel.
func (b Book) CSV(ctx context.Context, from Reader, v collector.View, to io.Writer) error {
	if _, err := io.WriteString(to, mark); err != nil {
		return err
	}
	out := csv.NewWriter(to)
	words, _ := b.heads(v)
	if err := out.Write(words); err != nil {
		return err
	}
	record := make([]string, len(words))
	for cells, err := range b.rows(ctx, from, v) {
		if err != nil {
			return err
		}
		for i, c := range cells {
			switch c := c.(type) {
			case nil:
				record[i] = ""
			case string:
				record[i] = history.Harmless(c)
			case time.Time:
				record[i] = c.Format(time.DateOnly)
			default:
				record[i] = fmt.Sprint(c)
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
