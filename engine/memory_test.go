package engine

import "testing"

func TestMemoryLimitIsHalfOfTheMachinesUnlessSet(t *testing.T) {
	s := NewSettings()
	auto := s.memoryLimit()
	if auto < 32<<20 || auto > machineMemory()/2 {
		t.Errorf("auto is %d bytes of %d", auto, machineMemory())
	}
	for _, tc := range []struct {
		set  string
		want int64
	}{{"64MB", 64 << 20}, {"0", 0}, {"auto", auto}} {
		if err := s.Set("memory_limit", tc.set, 0, 0); err != nil {
			t.Fatal(err)
		}
		if got := s.memoryLimit(); got != tc.want {
			t.Errorf("memory_limit = %q is %d bytes, want %d", tc.set, got, tc.want)
		}
	}
}
