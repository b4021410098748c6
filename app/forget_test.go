package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
)

// TestForgetCommand: only what the configuration no longer has can be forgotten.
func TestForgetCommand(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	s.SetAccounts(store.Account{ID: "wx0000000000000001", Name: "brand"}, store.Account{ID: "wx0000000000000002", Name: "客户"}, store.Account{ID: "wx0000000000000003", Name: "brand"})
	for _, id := range []string{"wx0000000000000001", "wx0000000000000002", "wx0000000000000003"} {
		s.Put(id, "getusercumulate", store.Day{Date: "2026-11-20", Rows: []byte(`[{"ref_date":"2026-11-20","cumulate_user":7}]`)})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := harness.Write(t, dir, "config.yml", "accounts:\n- {name: brand, app_id: wx0000000000000001, app_secret: 0123456789abcdef0123456789abcdef}\n")
	for _, c := range []struct {
		account string
		code    int
		want    string
	}{
		{"客户", 0, "Forgot account 客户. Days of its APIs: 1.\n"},
		{"客户", 1, "account 客户: the store has none of this name\n"},
		{"brand", 0, "Forgot account brand. Days of its APIs: 1.\n"}, // the one of another app id
		{"brand", 1, "account brand: the configuration still has it, as brand; take it out and end or reload the exporter first\n"},
	} {
		var out bytes.Buffer
		code := run(t.Context(), []string{"forget", "--account=" + c.account, "--config.file=" + cfg, "--storage.path=" + dir}, os.Getenv, &out, &out)
		if code != c.code || out.String() != c.want {
			t.Errorf("forget %s: exit code %d: %q, want %d: %q", c.account, code, out.String(), c.code, c.want)
		}
	}
	var out bytes.Buffer
	code := run(t.Context(), []string{"forget", "--account=x", "--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "none")}, os.Getenv, &out, &out)
	if code != 1 || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("without a store: exit code %d: %q", code, out.String())
	}
}
