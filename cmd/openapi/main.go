// Command openapi joins the parts of the OpenAPI document and writes
// handlers/reference/openapi.yaml. Run it at the root of the project, or run
// make generate.
//
// Each resource of the API has its part beside its handlers, such as
// handlers/api/sessions.yaml. A part has what is particular to its calls, in a
// short notation that docs/development.md lists. The command writes it out and
// adds what follows from the kind of a call.
package main

import (
	"fmt"
	"os"
)

const document = "handlers/reference/openapi.yaml"

func main() {
	text, err := join(os.DirFS("."))
	if err == nil {
		err = os.WriteFile(document, text, 0o644) //nolint:gosec // a source file: every user may read it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
