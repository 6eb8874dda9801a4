package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/engine"
	"millrace/sqlerr"
)

func TestADataFolderIsOneProcessesAtATime(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	cfg := engine.Config{DataDir: dir}
	if _, err := engine.Open(t.Context(), cfg); sqlerr.Code(err) != sqlerr.ObjectInUse || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder that is in use: %v", err)
	}
	for range 2 { // the second does nothing
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
	}
	second, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open(t.Context(), engine.Config{DataDir: file}); sqlerr.Code(err) != sqlerr.IOError {
		t.Errorf("a file in place of the folder: %v", err)
	}
}
