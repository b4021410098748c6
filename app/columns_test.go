package app

import (
	"bytes"
	"testing"
)

// TestColumns: cells stand below each other also where names are Chinese.
func TestColumns(t *testing.T) {
	var out bytes.Buffer
	err := printColumns(&out, [][]string{{"ACCOUNT", "ASKED FOR", "RESULT"}, {"品牌服务号", "token", "works"}, {"-", "clock", "（无）", "x"}})
	want := "ACCOUNT     ASKED FOR  RESULT\n品牌服务号  token      works\n-           clock      （无）  x\n"
	if got := out.String(); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}
