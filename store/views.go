package store

import (
	"fmt"
	"strings"
)

// View shows the rows of an API as a table: a line for each row, or for each
// entry of lists inside the rows. Its first columns are account, the account's
// name, and date.
type View struct {
	Name    string
	API     string
	Each    [][]string // paths of lists, each inside an entry of the one before
	Columns []Column
}

// Column is a value of a view.
type Column struct {
	Name  string
	Level int      // 0: of the row, 1: of the entry of the first list, ...
	Path  []string // the keys that lead to it there
	Kind  string   // "text", "integer" or "real"
}

// query returns the statement that reads what a view shows.
func (d dialect) query(v View) string {
	columns := []string{"coalesce(a.name, d.account) AS account", "d.date AS date"}
	for _, c := range v.Columns {
		columns = append(columns, d.cast(entryOf(c.Level), c.Path, c.Kind)+" AS "+quote(c.Name))
	}
	from := "days d LEFT JOIN accounts a ON a.id = d.account"
	list := "d.rows"
	for level := range len(v.Each) + 1 {
		if level > 0 {
			list = d.path(entryOf(level-1), v.Each[level-1])
		}
		alias := fmt.Sprint("e", level)
		from += fmt.Sprintf(" JOIN %s %s ON %s", d.list(list), alias, d.isObject(alias))
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE d.api = %s", strings.Join(columns, ", "), from, literal(v.API))
}

func entryOf(level int) string { return fmt.Sprintf("e%d.value", level) }

// quote makes a name an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal makes a text a constant.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
