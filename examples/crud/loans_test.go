package main

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBorrowingAndReturning(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader, editor := s.as(t, "reader"), s.as(t, "editor")

		made := reader.do("POST", "/api/books/5/loans", nil).is(http.StatusCreated)
		loan, at := into[Loan](made), made.Header.Get("Location")
		assert.Equal(t, "The Mythical Man-Month", loan.Title)
		assert.Equal(t, loanPeriod, loan.DueAt.Sub(loan.BorrowedAt))
		assert.Nil(t, loan.ReturnedAt)
		assert.Equal(t, 0, into[Book](reader.do("GET", "/api/books/5", nil)).Available)

		reader.do("POST", "/api/books/5/loans", nil).problem(http.StatusConflict)
		assert.Contains(t, editor.do("POST", "/api/books/5/loans", nil).problem(http.StatusConflict).Detail, "lent")
		p := editor.do("PATCH", "/api/books/5", map[string]any{"copies": 0}, "If-Match: *").problem(http.StatusConflict)
		assert.Contains(t, p.wrong(), "copies")
		editor.do("DELETE", "/api/books/5", nil, "If-Match: *").problem(http.StatusConflict)

		first := into[Loan](reader.do("POST", at+"/return", nil).is(http.StatusOK))
		require.NotNil(t, first.ReturnedAt)
		again := into[Loan](reader.do("POST", at+"/return", nil).is(http.StatusOK))
		assert.Equal(t, first, again, "returning twice is as good as once")
		reader.do("POST", "/api/books/5/loans", nil).is(http.StatusCreated)
		reader.do("POST", at[:len(at)-1]+"2/return", nil).is(http.StatusOK)
		editor.do("DELETE", "/api/books/5", nil, "If-Match: *").is(http.StatusNoContent)
		assert.Empty(t, into[listAPI[Loan]](reader.do("GET", "/api/loans", nil)).Items, "the history went with the book")

		reader.do("POST", "/api/books/5/loans", nil).problem(http.StatusNotFound)
	})
}

func TestReadersSeeTheirOwnLoans(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader, editor := s.as(t, "reader"), s.as(t, "editor")
		reader.do("POST", "/api/books/1/loans", nil).is(http.StatusCreated)
		theirs := editor.do("POST", "/api/books/1/loans", nil).is(http.StatusCreated).Header.Get("Location")

		reader.do("GET", theirs, nil).problem(http.StatusNotFound)
		reader.do("POST", theirs+"/return", nil).problem(http.StatusNotFound)
		editor.do("GET", theirs, nil).is(http.StatusOK)
		assert.Len(t, into[listAPI[Loan]](reader.do("GET", "/api/loans", nil)).Items, 1)

		page := into[listAPI[Loan]](editor.do("GET", "/api/loans?limit=1", nil))
		require.Len(t, page.Items, 1)
		assert.Equal(t, "Ed Editor", page.Items[0].Reader, "newest first")
		page = into[listAPI[Loan]](editor.do("GET", "/api/loans?limit=1&cursor="+page.Next, nil))
		require.Len(t, page.Items, 1)
		assert.Equal(t, "Rita Reader", page.Items[0].Reader)
		assert.Empty(t, page.Next)

		editor.do("POST", theirs+"/return", nil).is(http.StatusOK)
		assert.Len(t, into[listAPI[Loan]](editor.do("GET", "/api/loans?open=true", nil)).Items, 1)
	})
}

func TestNoMoreCopiesAreLentThanThereAre(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		const readers, copies = 12, 4 // book 4 has four
		clients := make([]*client, readers)
		for i := range clients {
			u := NewUser{Email: "r" + strconv.Itoa(i) + "@example.com", Name: "R", Role: Reader, Password: demoPassword}
			_, err := s.store.CreateUser(t.Context(), u)
			require.NoError(t, err)
			clients[i] = s.login(t, u.Email, demoPassword)
		}
		statuses := make([]int, readers)
		var wg sync.WaitGroup
		for i, c := range clients {
			wg.Go(func() { statuses[i] = c.do("POST", "/api/books/4/loans", nil).StatusCode })
		}
		wg.Wait()
		count := map[int]int{}
		for _, status := range statuses {
			count[status]++
		}
		assert.Equal(t, map[int]int{http.StatusCreated: copies, http.StatusConflict: readers - copies}, count)
		assert.Equal(t, 0, into[Book](clients[0].do("GET", "/api/books/4", nil)).Available)
	})
}

func TestTwoRequestsOfOneReaderMakeOneLoan(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader := s.as(t, "reader")
		var wg sync.WaitGroup
		statuses := make([]int, 6)
		for i := range statuses {
			wg.Go(func() { statuses[i] = reader.do("POST", "/api/books/4/loans", nil).StatusCode })
		}
		wg.Wait()
		assert.ElementsMatch(t, []int{201, 409, 409, 409, 409, 409}, statuses)
	})
}
