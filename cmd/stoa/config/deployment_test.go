package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/joho/godotenv"
)

// requiredSettings returns the names of the settings that production requires,
// according to their help.
func requiredSettings() []string {
	var names []string
	for field := range settings() {
		if strings.Contains(field.Tag.Get("help"), "required in production") {
			names = append(names, field.Tag.Get("env"))
		}
	}
	return names
}

// environOf returns the variables of an env file, which must all be settings.
func environOf(t *testing.T, path string) []string {
	t.Helper()
	values, err := godotenv.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range values {
		if !slices.Contains(settingNames(), name) {
			t.Errorf("%s: there is no setting %s", path, name)
		}
		environ = append(environ, name+"="+value)
	}
	return environ
}

// refusedNames returns the names of the settings in environ that Load refuses.
func refusedNames(t *testing.T, environ []string) []string {
	t.Helper()
	_, found := Load(environ, t.TempDir())
	var names []string
	for _, p := range found {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// .env.production.example has every setting that production requires. Without
// secrets, production refuses it.
func TestEnvProductionExample_WithoutItsSecrets(t *testing.T) {
	t.Parallel()
	environ := environOf(t, "../../../.env.production.example")
	for _, name := range requiredSettings() {
		if !slices.ContainsFunc(environ, func(line string) bool { return strings.HasPrefix(line, name+"=") }) {
			t.Errorf(".env.production.example does not set %s, which is required", name)
		}
	}
	if got, want := refusedNames(t, environ), []string{"DATABASE_OWNER_URL", "DATABASE_URL", "SECRET_KEY", "SMTP_URL"}; !slices.Equal(got, want) {
		t.Errorf("refused are %q, want %q", got, want)
	}
}

// `make secrets` generates the secrets of the example, with the same passwords
// for the program and the database. It does not overwrite files and does not set
// the password of the mail server.
func TestSecrets_AreNewAndKept(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../deploy/secrets.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func() error {
		cmd := exec.Command(script)
		cmd.Dir = dir
		return cmd.Run()
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(dir, ".env.production")
	if refused := refusedNames(t, environOf(t, app)); !slices.Equal(refused, []string{"SMTP_URL"}) {
		t.Errorf("refused are %q, want the example's mail server only", refused)
	}
	text, err := os.ReadFile(app)
	if err != nil {
		t.Fatal(err)
	}
	database, err := godotenv.Read(filepath.Join(dir, ".env.database"))
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]string{"APP_PASSWORD": "stoa", "OWNER_PASSWORD": "stoa_owner"} {
		if password := database[name]; len(password) != 48 || !strings.Contains(string(text), "//"+role+":"+password+"@") {
			t.Errorf("%s is not the password of %s in .env.production", name, role)
		}
	}
	for _, name := range []string{".env.production", ".env.database"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info.Mode(), err)
		}
	}
	if strings.Contains(string(text), database["POSTGRES_PASSWORD"]) {
		t.Error(".env.production contains the superuser's password")
	}
	again := run()
	if after, err := os.ReadFile(app); again == nil || err != nil || string(after) != string(text) {
		t.Errorf("the second run returned %v, want an error and the same secrets; reading them: %v", again, err)
	}
}

var tableRow = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (.*?) \\| (.*) \\|$")

// The table of settings shows the defaults and help texts of the program.
func TestDocs_ListEverySetting(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, row := range tableRow.FindAllStringSubmatch(string(text), -1) {
		rows[row[1]] = row[2:]
	}
	for field := range settings() {
		name := field.Tag.Get("env")
		row, listed := rows[name]
		delete(rows, name)
		if want := []string{defaultOf(field), field.Tag.Get("help")}; !listed || !slices.Equal(row, want) {
			t.Errorf("docs/settings.md: want this line in the table of settings:\n| `%s` | %s | %s |", name, want[0], want[1])
		}
	}
	for name := range rows {
		t.Errorf("docs/settings.md: there is no setting %s", name)
	}
}

// A shell reads the same values from the example as the program, so that
// `stoa migrate up` and `stoa doctor` can be run by hand with it.
func TestEnvProductionExample_IsReadByAShell(t *testing.T) {
	t.Parallel()
	want, err := godotenv.Read("../../../.env.production.example")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-euc", "set -a && . ../../../.env.production.example && env").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := strings.Split(string(out), "\n")
	for name, value := range want {
		if !slices.Contains(read, name+"="+value) {
			t.Errorf("the shell does not read %s=%s", name, value)
		}
	}
}
