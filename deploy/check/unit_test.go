package check

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// exposure is the highest score, ten times what systemd-analyze prints, that
// the unit may have; 100 is an unprotected service.
const exposure = "15"

// TestUnit has systemd judge the unit. The path of the program is replaced by
// one that exists on this machine.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("the systemd unit is not checked: systemd-analyze is not installed")
	}
	text, err := os.ReadFile("../wx_exporter.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "wx_exporter.service")
	text = bytes.ReplaceAll(text, []byte("=/usr/local/bin/wx_exporter "), []byte("="+self+" "))
	if err := os.WriteFile(unit, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", unit},
		{"security", "--no-pager", "--offline=true", "--threshold=" + exposure, unit},
	} {
		out, err := exec.Command(analyze, args...).CombinedOutput()
		if err != nil {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
		if args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze verify says:\n%s", out)
		}
	}
}
