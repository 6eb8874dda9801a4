package testkit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the command of this test process, once it is there.
var built struct {
	sync.Mutex
	path string
}

// Binary builds the millrace command, once, and returns its path. The path is one a checkout, so that the packages of a
// test run share the work; a lock keeps them from building at once.
func Binary(t testing.TB) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.path != "" {
		return built.path
	}
	root := Root(t)
	sum := sha256.Sum256([]byte(root))
	dir := filepath.Join(os.TempDir(), "millrace-test-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close() // and with it the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "millrace")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/millrace")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	built.path = path
	return path
}

// Process is a running command. It is killed when the test ends.
type Process struct {
	t      testing.TB
	cmd    *exec.Cmd
	out    output
	errOut output
	done   chan struct{}
	err    error
}

// output may be read while it is written.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start runs a command in the folder dir, "" for the test's own.
func Start(t testing.TB, dir, name string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.out, &p.errOut
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.Kill)
	return p
}

// Stdout and Stderr are what the command has printed so far.
func (p *Process) Stdout() string { return p.out.String() }
func (p *Process) Stderr() string { return p.errOut.String() }

// Running tells whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Interrupt is Ctrl-C.
func (p *Process) Interrupt() { p.cmd.Process.Signal(syscall.SIGINT) }

// Signal sends another signal.
func (p *Process) Signal(s os.Signal) { p.cmd.Process.Signal(s) }

// Kill is kill -9; it returns when the process is gone.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// Wait waits for the end and returns the exit code, -1 where a signal ended it.
func (p *Process) Wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(within):
		p.Kill()
		p.t.Fatalf("%s did not end within %s\nstdout:\n%s\nstderr:\n%s", p.cmd.Path, within, p.Stdout(), p.Stderr())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Service gives a verb to the script of a service that make test has started: Service(t, "cassandra", "pause", "1").
func Service(t testing.TB, name string, args ...string) {
	t.Helper()
	if os.Getenv("SERVICES_DIR") == "" {
		t.Fatal("SERVICES_DIR is not set: make test starts the real services and sets it")
	}
	cmd := exec.Command(filepath.Join(Root(t), "scripts", "services", name+".sh"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}
