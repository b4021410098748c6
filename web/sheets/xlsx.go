package sheets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/wxexporter/wx_exporter/collector"
)

const (
	maxRows  = 1_000_000 // of a sheet, heads among them; Excel takes 1,048,576
	maxLinks = 2_000     // of a sheet: the library compares each with all before
	maxText  = 32_767    // characters that Excel takes in a cell
	headRows = 2         // words, and WeChat's names
)

// styles are those of a workbook's cells.
type styles struct{ head, name, day int }

func newStyles(f *excelize.File) (s styles, err error) {
	day := "yyyy-mm-dd"
	register := func(style *excelize.Style) (id int) {
		id, e := f.NewStyle(style)
		err = errors.Join(err, e)
		return id
	}
	s.head = register(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	s.name = register(&excelize.Style{Font: &excelize.Font{Color: "777777", Size: 9}})
	s.day = register(&excelize.Style{CustomNumFmt: &day})
	return s, err
}

// XLSX writes a workbook: a sheet that says what it is, and one for each view that has
// rows. Texts are strings, never formulas.
func (b Book) XLSX(ctx context.Context, from Reader, to io.Writer) (err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: b.Dir})
	defer func() { err = errors.Join(err, f.Close()) }()
	s, err := newStyles(f)
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	if err := b.about(ctx, from, f, s); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	for _, v := range b.Views {
		if err := b.sheet(ctx, from, f, s, v); err != nil {
			return fmt.Errorf("workbook: %s: %w", v.Name, err)
		}
	}
	if _, err := f.WriteTo(to); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// about is the first sheet.
func (b Book) about(ctx context.Context, from Reader, f *excelize.File, s styles) error {
	l := b.Language
	name := l.Say("about")
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, 4, 30); err != nil {
		return err
	}
	rows := [][]any{{b.Made}, {l.Say("From"), date(cmp.Or(b.Since, "–"))}, {l.Say("To"), date(cmp.Or(b.Until, "–"))}}
	open, err := from.OpenDays(ctx, b.Since, b.until(), b.Accounts...)
	if err != nil {
		return err
	}
	rows = append(rows, nil, []any{l.Say("Days that WeChat has not computed"), len(open)})
	for _, d := range open[:min(len(open), 1000)] {
		rows = append(rows, []any{d.Account, d.API, date(d.Date)})
	}
	rows = append(rows, nil, []any{l.Say("What may be added up")}, []any{l.Say("Sheet"), l.Say("Column"), l.Say("over")})
	for _, v := range b.Views {
		for _, c := range v.Columns {
			if c.Adds != 0 {
				rows = append(rows, []any{l.Pick(v.Title.English, v.Title.Chinese), l.Pick(c.Head.English, c.Head.Chinese), l.Say(c.Adds.String())})
			}
		}
	}
	for i, row := range rows {
		for j, c := range row {
			row[j] = s.cell(c)
		}
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// cell makes a value one of a sheet.
func (s styles) cell(is any) any {
	switch c := is.(type) {
	case time.Time:
		return excelize.Cell{StyleID: s.day, Value: c}
	case string:
		if utf8.RuneCountInString(c) > maxText {
			return string([]rune(c)[:maxText])
		}
	}
	return is
}

// sheet writes a view. Past MaxRows it goes on in a second sheet; a view
// without rows has none.
func (b Book) sheet(ctx context.Context, from Reader, f *excelize.File, s styles, v collector.View) error {
	var out *excelize.StreamWriter
	title, name := b.Language.Pick(v.Title.English, v.Title.Chinese), ""
	row, part, links := 0, 0, 0
	end := func() error {
		if out == nil {
			return nil
		}
		return out.Flush()
	}
	line := make([]any, 2+len(v.Columns))
	for cells, err := range b.rows(ctx, from, v) {
		if err != nil {
			return err
		}
		if out == nil || row == cmp.Or(b.MaxRows, maxRows) {
			if err := end(); err != nil {
				return err
			}
			part++
			name = title
			if part > 1 {
				name = fmt.Sprintf("%.27s %d", title, part)
			}
			if out, err = b.begin(f, s, v, name); err != nil {
				return err
			}
			row, links = headRows, 0
		}
		row++
		for i, c := range cells {
			line[i] = s.cell(c)
			if i >= 2 && links < maxLinks && isLink(v.Columns[i-2], c) {
				links++
				at, err := excelize.CoordinatesToCellName(i+1, row)
				if err == nil {
					err = f.SetCellHyperLink(name, at, c.(string), "External")
				}
				if err != nil {
					return err
				}
			}
		}
		if err := out.SetRow(fmt.Sprintf("A%d", row), line); err != nil {
			return err
		}
	}
	return end()
}

// begin makes a sheet with its heads, which stay in view.
func (b Book) begin(f *excelize.File, s styles, v collector.View, name string) (*excelize.StreamWriter, error) {
	if _, err := f.NewSheet(name); err != nil {
		return nil, err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	words, names := b.heads(v)
	for i, w := range words {
		width := 12.0
		switch {
		case names[i] == "title":
			width = 44
		case i == 0 || names[i] == "url" || names[i] == "content_url" || names[i] == "page_path":
			width = 24
		case utf8.RuneCountInString(w) > 8:
			width = 16
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	err = out.SetPanes(&excelize.Panes{Freeze: true, XSplit: 2, YSplit: headRows, TopLeftCell: "C3", ActivePane: "bottomRight"})
	for i, heads := range [][]string{words, names} {
		style := []int{s.head, s.name}[i]
		cells := make([]any, len(heads))
		for j, h := range heads {
			cells[j] = excelize.Cell{StyleID: style, Value: h}
		}
		err = errors.Join(err, out.SetRow(fmt.Sprintf("A%d", i+1), cells))
	}
	return out, err
}
