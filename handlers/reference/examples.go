package reference

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"stoa/views"
)

// request is a call that the examples send. The examples are whole programs that need
// no library. They read the environment variables STOA (the base URL), TOKEN (an access
// token), and one for each parameter of the path.
type request struct {
	method, path string
	token        bool
	body         string // indented JSON; "" for none
}

// languages are the languages of the examples; the first one is the usual one.
var languages = []struct {
	views.Language
	words *regexp.Regexp
	write func(request) string
}{
	{views.Language{ID: "curl", Name: "curl"}, shellWords, request.curl},

	{views.Language{ID: "js", Name: "JavaScript"}, jsWords, request.javaScript},

	{views.Language{ID: "go", Name: "Go"}, goWords, request.goProgram},

	{views.Language{ID: "py", Name: "Python"}, pythonWords, request.python},
}

// examples returns the request in each language.
func examples(r request) []views.APIExample {
	list := make([]views.APIExample, len(languages))
	for i, l := range languages {
		list[i] = views.APIExample{Lang: l.Language, Code: highlight(l.words, l.write(r))}
	}
	return list
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// pathWith returns the path with each parameter replaced by what of returns for the
// name of its environment variable.
func (r request) pathWith(of func(name string) string) string {
	return pathParameter.ReplaceAllStringFunc(r.path, func(match string) string {
		return of(strings.ToUpper(strings.Trim(match, "{}")))
	})
}

func (r request) curl() string {
	command := "curl "
	if usual := map[bool]string{true: http.MethodPost, false: http.MethodGet}[r.body != ""]; r.method != usual {
		command += "-X " + r.method + " "
	}
	lines := []string{command + `"$STOA` + r.pathWith(func(name string) string { return "$" + name }) + `"`}
	if r.token {
		lines = append(lines, `-H "Authorization: Bearer $TOKEN"`)
	}
	if r.body != "" {
		lines = append(lines, "--json '"+strings.ReplaceAll(indent(r.body, "  "), "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  ")
}

func (r request) javaScript() string {
	names := []string{"STOA"}
	path := r.pathWith(func(name string) string {
		names = append(names, name)
		return "${" + name + "}"
	})
	var options strings.Builder
	if r.method != http.MethodGet {
		fmt.Fprintf(&options, "  method: %q,\n", r.method)
	}
	var headers string
	if r.token {
		names = append(names, "TOKEN")
		headers += "    Authorization: `Bearer ${TOKEN}`,\n"
	}
	if r.body != "" {
		headers += "    \"Content-Type\": \"application/json\",\n"
	}
	if headers != "" {
		options.WriteString("  headers: {\n" + headers + "  },\n")
	}
	if r.body != "" {
		options.WriteString("  body: JSON.stringify(" + indent(r.body, "  ") + "),\n")
	}
	call := "fetch(`${STOA}" + path + "`"
	if options.Len() > 0 {
		call += ", {\n" + options.String() + "}"
	}
	return "const { " + strings.Join(names, ", ") + " } = process.env;\n\n" +
		"const res = await " + call + ");\n" +
		"console.log(res.status, await res.text());"
}

func (r request) goProgram() string {
	imports, body := []string{"io", "log", "net/http", "os"}, "nil"
	if r.body != "" {
		imports, body = append(imports, "strings"), "strings.NewReader("+goString(r.body)+")"
	}
	path := `"` + r.pathWith(func(name string) string { return `" + os.Getenv("` + name + `") + "` }) + `"`
	url := strings.TrimSuffix(`os.Getenv("STOA") + `+path, ` + ""`)
	program := "package main\n\nimport (\n\t\"" + strings.Join(imports, "\"\n\t\"") + "\"\n)\n\nfunc main() {\n" +
		"\turl := " + url + "\n" +
		fmt.Sprintf("\treq, err := http.NewRequest(%q, url, %s)\n", r.method, body) + goFatal
	if r.token {
		program += "\treq.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"TOKEN\"))\n"
	}
	if r.body != "" {
		program += "\treq.Header.Set(\"Content-Type\", \"application/json\")\n"
	}
	return program + "\tres, err := http.DefaultClient.Do(req)\n" + goFatal +
		"\tdefer res.Body.Close()\n\tlog.Println(res.Status)\n\tio.Copy(os.Stdout, res.Body)\n}"
}

const goFatal = "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"

// goString returns a literal of the text, which has several lines.
func goString(text string) string {
	if strings.Contains(text, "`") {
		return fmt.Sprintf("%q", text)
	}
	return "`" + text + "`"
}

func (r request) python() string {
	imports, data := "import os\n", ""
	if r.body != "" {
		imports = "import json\nimport os\n"
		data = "    data=json.dumps(" + indent(pythonLiteral(r.body), "    ") + ").encode(),\n"
	}
	var headers string
	if r.token {
		headers += "        \"Authorization\": \"Bearer \" + os.environ[\"TOKEN\"],\n"
	}
	if r.body != "" {
		headers += "        \"Content-Type\": \"application/json\",\n"
	}
	if headers != "" {
		headers = "    headers={\n" + headers + "    },\n"
	}
	path := `"` + r.pathWith(func(name string) string { return `" + os.environ["` + name + `"] + "` }) + `"`
	url := strings.TrimSuffix(`os.environ["STOA"] + `+path, ` + ""`)
	return imports + "from urllib.request import Request, urlopen\n\nreq = Request(\n" +
		"    " + url + ",\n" + fmt.Sprintf("    method=%q,\n", r.method) + headers + data + ")\n" +
		"with urlopen(req) as res:\n    print(res.status, res.read().decode())"
}

// pythonLiteral returns JSON as an expression of Python, which differs in three words.
func pythonLiteral(body string) string {
	var literal strings.Builder
	for _, span := range highlight(jsonWords, body) {
		if word, ok := map[string]string{"true": "True", "false": "False", "null": "None"}[span.Text]; ok && span.Class == "n" {
			span.Text = word
		}
		literal.WriteString(span.Text)
	}
	return literal.String()
}

// indent indents every line but the first one.
func indent(text, by string) string { return strings.ReplaceAll(text, "\n", "\n"+by) }
