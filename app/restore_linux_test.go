//go:build e2e

package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// TestRestoredAsRoot: a backup that root has put in place keeps the exporter of
// another user from starting, in words, and starts it once it is given to that user,
// as docs/storage.md says.
func TestRestoredAsRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: a file of root's, by somebody else")
	}
	const nobody = 65534
	place, err := os.MkdirTemp("", "restored-") //nolint:usetesting // t.TempDir is below a directory that only root may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	program, data := filepath.Join(place, "wx_exporter"), filepath.Join(place, "data")
	store, backup := filepath.Join(data, "wx_exporter.sqlite"), filepath.Join(place, "copy.sqlite")
	does := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
	}
	does("chmod", "755", place)
	does("install", "-m", "0755", harness.Build(t), program)
	does("install", "-d", "-o", "65534", data)
	as := func() *exec.Cmd {
		cmd := exec.Command(program, "--demo", "--storage.path="+data, "--web.listen-address=127.0.0.1:0")
		cmd.Dir = place
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}
	starts := func() {
		t.Helper()
		cmd, log := as(), &harness.Output{}
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, "the web server", func() bool { return log.Listening() != "" })
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, log)
		}
	}
	starts()
	does("cp", store, backup) // nobody uses it
	does("rm", store)
	does("cp", backup, store)
	if out, err := as().CombinedOutput(); err == nil || !strings.Contains(string(out), "let the exporter's user write there") {
		t.Errorf("on a file of root's it ends with %v: %s", err, out)
	}
	does("install", "-m", "0600", "-o", "65534", "-g", "65534", backup, store)
	starts()
	if info, err := os.Stat(store); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the store is %v, %v", info, err)
	}
}
