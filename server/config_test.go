package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "millrace.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFlagIsStrongerThanAVariableThanTheFileThanTheDefault(t *testing.T) {
	file := write(t, "[http]\nmax_requests = 2\nmax_connections = 3\nmax_body = \"2MiB\"\n")
	c, err := Load(file, map[string]string{"http-max-requests": "5"}, env("MILLRACE_HTTP_MAX_REQUESTS", "4", "MILLRACE_HTTP_MAX_CONNECTIONS", "6"))
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTPMaxRequests != 5 || c.HTTPMaxConnections != 6 || c.HTTPMaxBody != 2<<20 || c.HTTPListen != "127.0.0.1:8080" {
		t.Errorf("flag %d, variable %d, file %d, default %s", c.HTTPMaxRequests, c.HTTPMaxConnections, c.HTTPMaxBody, c.HTTPListen)
	}
	for _, line := range []string{
		"max_requests = 5 # --http-max-requests", "max_connections = 6 # MILLRACE_HTTP_MAX_CONNECTIONS",
		`max_body = "2MiB" # ` + file, `listen = "127.0.0.1:8080" # default`,
	} {
		if printed := strings.Join(strings.Fields(c.Print()), " "); !strings.Contains(printed, line) {
			t.Errorf("what is in force lacks %q:\n%s", line, printed)
		}
	}
}

func TestWhatIsWrongInAConfigurationIsNamed(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		flags      map[string]string
		want, hint string
	}{
		{"a key that is not known", "[http]\nlisten_on = \"x\"", nil, "no setting http.listen_on", `Did you mean "http.listen"?`},
		{"a table that is not known", "[kafka]\nbrokers = \"x\"", nil, "no setting kafka.brokers", ""},
		{"no TOML", "auth = scram", nil, "line 1, column 8", ""},
		{"a value of another type", "[http]\nmax_requests = 1.5", nil, "http.max_requests is not a text, a whole number, true or false", ""},
		{"a word that is none of the list", "auth = \"none\"", nil, `auth = "none" (from `, "scram"},
		{"a duration without a unit", "stop_timeout = 30", nil, "is not a duration such as 30s", ""},
		{"a size that is none", "", map[string]string{"http-max-body": "much"}, `http.max_body = "much" (from --http-max-body) is not a size`, ""},
		{"a size beyond all sizes", "", map[string]string{"http-max-body": "99999999999GiB"}, "is not a size", ""},
		{"nothing", "", map[string]string{"http-max-requests": "0"}, "is not above 0", ""},
		{"an address without a port", "", map[string]string{"http-listen": "localhost"}, "is not an address", ""},
		{"trust and an address for all", "", map[string]string{"auth": "trust", "pg-listen": "0.0.0.0:5433"}, "lets in everybody", "127.0.0.1"},
		{"trust and every address", "", map[string]string{"auth": "trust", "pg-listen": ":5433"}, "lets in everybody", ""},
		{"passwords in clear text", "", map[string]string{"http-listen": "0.0.0.0:8080"}, "clear text", "tls.cert"},
		{"half of a certificate", "[tls]\ncert = \"a.pem\"", nil, "tls.cert and tls.key belong together", ""},
		{"no door", "", map[string]string{"http-listen": "off", "pg-listen": "off"}, "both off", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Load(write(t, tc.file), tc.flags, env())
			e, _ := err.(*sqlError)
			if e == nil || !strings.Contains(e.Message, tc.want) || !strings.Contains(e.Hint, tc.hint) {
				t.Errorf("got %#v", err)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml"), nil, env()); err == nil || !strings.Contains(err.Error(), "none.toml: no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestWhatIsPrintedIsTakenAgain(t *testing.T) {
	flags := map[string]string{"http-listen": "off", "log": "debug", "http-max-body": "1234", "data-dir": `a "b"\c`}
	c, err := Load("", flags, env())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(write(t, c.Print()), nil, env())
	if err != nil {
		t.Fatal(err)
	}
	c.from, again.from = nil, nil
	if got, want := again.Print(), c.Print(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheSampleIsWhatHoldsWithoutAFile(t *testing.T) {
	c, err := Load("", nil, env())
	if err != nil {
		t.Fatal(err)
	}
	const path = "../millrace.toml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != Sample() {
		t.Errorf("%s is not what millrace serve --sample-config prints", path)
	}
	sample, err := Load(path, nil, env())
	if err != nil {
		t.Fatal(err)
	}
	c.from, sample.from = nil, nil
	if got, want := sample.Print(), c.Print(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
