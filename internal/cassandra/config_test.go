package cassandra

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func table(options ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{"connector": {Value: "cassandra"}}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = catalog.Option{Value: options[i+1], Pos: sqlerr.At(i)}
	}
	return t
}

func TestHostsTakePortsOfTheirOwn(t *testing.T) {
	c, err := ConfigOf(table("hosts", "a, b:1 ,[::1],[::1]:2", "port", "9999", "keyspace", "k"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a:9999", "b:1", "[::1]:9999", "[::1]:2"}; !slices.Equal(c.Hosts, want) {
		t.Errorf("got %q, want %q", c.Hosts, want)
	}
	if c.TLS != nil || c.Consistency.String() != "LOCAL_QUORUM" || c.Timeout != 10*time.Second {
		t.Errorf("got %+v", c)
	}
}

func TestOptionsThatDoNotGoTogetherAreRefused(t *testing.T) {
	for _, tc := range []struct {
		options []string
		want    string
	}{
		{[]string{"hosts", " , "}, "names no host"},
		{[]string{"hosts", "a", "password", "p"}, `"password" needs the option "username"`},
		{[]string{"hosts", "a", "tls.cert", "f"}, "go together"},
		{[]string{"hosts", "a", "tls.ca", "/does/not/exist"}, "no such file"},
	} {
		_, err := ConfigOf(table(tc.options...))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v, want %q", tc.options, err, tc.want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		ok          bool
	}{
		{"port", "0", false}, {"port", "65536", false}, {"port", "9042", true},
		{"consistency", "LOCAL_ONE", true}, {"consistency", "serial", false},
		{"request.timeout", "0s", false}, {"request.timeout", "500ms", true},
		{"tls.enabled", "yes", false},
	} {
		err := catalog.CheckOptions(table("hosts", "h", "keyspace", "k", tc.name, tc.value), Options())
		if (err == nil) != tc.ok {
			t.Errorf("%s = %q: %v", tc.name, tc.value, err)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c, err := ConfigOf(table("hosts", "a", "username", "u", "password", "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, *c); strings.Contains(text, "hunter2") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestUnreachableClusterIsSaidWithItsAddress(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	defer silent.Close()
	for _, tc := range []struct {
		name, host string
		within     time.Duration
	}{
		{"nobody listens", closed.Addr().String(), time.Second},
		{"somebody listens and says nothing", silent.Addr().String(), 2*connectTimeout + time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := ConfigOf(table("hosts", tc.host, "keyspace", "k"))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = Connect(context.Background(), c)
			if err == nil || sqlerr.Code(err) != sqlerr.ConnectionFailure || !strings.Contains(err.Error(), tc.host) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > tc.within {
				t.Errorf("took %s", took)
			}
			t.Log(err)
		})
	}
}
