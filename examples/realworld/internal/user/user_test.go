package user_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

func TestRegistrationRules(t *testing.T) {
	good := user.Registration{Username: " jake ", Email: "jake@jake.jake", Password: "jakejake"}
	require.NoError(t, good.Check())
	assert.Equal(t, "jake", good.Username, "surrounding space goes")

	for name, c := range map[string]struct {
		reg  user.Registration
		want string
	}{
		"all blank":         {user.Registration{}, "username can't be blank, email can't be blank, password can't be blank"},
		"white space":       {user.Registration{Username: " ", Email: "a@b.c", Password: "12345678"}, "username can't be blank"},
		"slash in name":     {user.Registration{Username: "a/b", Email: "a@b.c", Password: "12345678"}, "username is invalid"},
		"dots for a name":   {user.Registration{Username: "..", Email: "a@b.c", Password: "12345678"}, "username is invalid"},
		"control character": {user.Registration{Username: "a\x00b", Email: "a@b.c", Password: "12345678"}, "username is invalid"},
		"long name":         {user.Registration{Username: strings.Repeat("x", 65), Email: "a@b.c", Password: "12345678"}, "username is too long"},
		"no address":        {user.Registration{Username: "a", Email: "jake", Password: "12345678"}, "email is invalid"},
		"named address":     {user.Registration{Username: "a", Email: "Jake <a@b.c>", Password: "12345678"}, "email is invalid"},
		"short password":    {user.Registration{Username: "a", Email: "a@b.c", Password: "1234567"}, "password is too short (minimum is 8 characters)"},
		"long password":     {user.Registration{Username: "a", Email: "a@b.c", Password: strings.Repeat("x", 257)}, "password is too long"},
	} {
		t.Run(name, func(t *testing.T) { assert.EqualError(t, c.reg.Check(), c.want) })
	}
}

func TestChangeRules(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"nothing":               {`{}`, "user needs at least one field"},
		"null bio and image":    {`{"bio":null,"image":null}`, ""},
		"empty password":        {`{"password":""}`, ""},
		"null password":         {`{"password":null}`, "password can't be blank"},
		"null email":            {`{"email":null}`, "email can't be blank"},
		"empty name":            {`{"username":""}`, "username can't be blank"},
		"bad address":           {`{"email":"x"}`, "email is invalid"},
		"everything is good":    {`{"username":"a","email":"a@b.c","password":"12345678","bio":"b","image":"i"}`, ""},
		"a bio with a NUL":      {`{"bio":"\u0000"}`, "bio is invalid"},
		"an image far too long": {`{"image":"` + strings.Repeat("x", 2001) + `"}`, "image is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			var change user.Change
			require.NoError(t, json.Unmarshal([]byte(c.body), &change))
			err := change.Check()
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		s := user.NewStore(db, time.Now)
		jake := user.User{Username: "Jake", Email: "Jake@Jake.jake", PasswordHash: "h"}
		require.NoError(t, s.Create(ctx, &jake))
		require.NotZero(t, jake.ID)

		got, err := s.ByEmail(ctx, "jake@jake.JAKE")
		require.NoError(t, err)
		assert.Equal(t, jake, got, "an address is found whatever its case, and keeps its own")

		isTaken := func(err error, field string) {
			t.Helper()
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			assert.Equal(t, &fault.Error{Kind: fault.Taken, Messages: []fault.Message{{Field: field, Text: "has already been taken"}}}, f)
		}
		isTaken(s.Create(ctx, &user.User{Username: "JAKE", Email: "other@jake.jake"}), "username")
		isTaken(s.Create(ctx, &user.User{Username: "other", Email: "JAKE@jake.jake"}), "email")

		anah := user.User{Username: "anah", Email: "anah@jake.jake"}
		require.NoError(t, s.Create(ctx, &anah))
		_, err = s.Update(ctx, anah, user.Change{Username: binding.Some("jAkE")}, "")
		isTaken(err, "username")

		old := jake
		jake.Username, jake.Bio = "JAKE", "I work at statefarm"
		_, err = s.Update(ctx, old, user.Change{Username: binding.Some(jake.Username)}, "")
		require.NoError(t, err, "one's own name in another case is free")
		got, err = s.Update(ctx, old, user.Change{Bio: binding.Some(jake.Bio)}, "")
		require.NoError(t, err)
		assert.Equal(t, jake, got, "what was changed since the user was read stays")

		jake.PasswordHash = "new"
		got, err = s.Update(ctx, old, user.Change{}, "new")
		require.NoError(t, err)
		assert.Equal(t, jake, got)
		_, err = s.Update(ctx, old, user.Change{Bio: binding.Some("late")}, "late")
		assert.Equal(t, fault.New(fault.Unauthenticated, "token", "is invalid"), err)
		got, err = s.ByID(ctx, jake.ID)
		require.NoError(t, err)
		assert.Equal(t, jake, got, "a password that was changed meanwhile stays")

		_, err = s.ByID(ctx, 12345)
		assert.Equal(t, fault.Missing("user"), err)
	})
}
