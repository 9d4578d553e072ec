package api

import (
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

func TestExported_EveryPartHasAForm(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	sc := domaintest.Scope(d.Register(t, signin.API))
	data, err := d.PersonalData.Export(t.Context(), sc, "password", domaintest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for part := range data {
		if exportForms[part] == nil {
			t.Errorf("the part %q of a user's data has no form; declare it with exportForm in a file of its resource in handlers/api", part)
		}
	}
	for part := range exportForms {
		if _, ok := data[part]; !ok {
			t.Errorf("exportForm is called for %q; the export of a user has no such part", part)
		}
	}
}
