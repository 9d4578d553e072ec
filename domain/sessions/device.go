package sessions

import "strings"

// unknownDevice is the name of a client that DeviceName does not know.
const unknownDevice = "an API client"

// product is a name that DeviceName can return, and the text that a User-Agent has
// for it.
type product struct{ mark, name string }

// clients are browsers and API clients. The first match counts, because browsers
// also name those that they descend from: Edge names Chrome, and Chrome names Safari.
var clients = []product{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edge/", "Edge"},
	{"OPR/", "Opera"}, {"OPT/", "Opera"}, {"OPiOS/", "Opera"}, {"Opera/", "Opera"}, {"Opera Mini/", "Opera"},
	{"Vivaldi/", "Vivaldi"},
	{"YaBrowser/", "Yandex Browser"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"HuaweiBrowser/", "Huawei Browser"},
	{"DuckDuckGo/", "DuckDuckGo"}, {"Ddg/", "DuckDuckGo"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
	{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"},
	{"Epiphany/", "GNOME Web"},
	{"Safari/", "Safari"},
	{"Lynx/", "Lynx"}, {"w3m/", "w3m"}, {"ELinks/", "ELinks"},
	{"curl/", "curl"}, {"Wget/", "Wget"}, {"HTTPie/", "HTTPie"},
	{"PostmanRuntime/", "Postman"}, {"insomnia/", "Insomnia"}, {"bruno-runtime/", "Bruno"},
	{"Go-http-client/", "Go-http-client"}, {"python-requests/", "python-requests"}, {"python-httpx/", "python-httpx"},
	{"aiohttp/", "aiohttp"}, {"okhttp/", "okhttp"}, {"axios/", "axios"}, {"Dart/", "Dart"},
	{"Java/", "Java"}, {"Java-http-client/", "Java"}, {"GuzzleHttp/", "Guzzle"},
}

// systems are operating systems. The first match counts: Android also names Linux.
var systems = []product{
	{"iPhone", "iOS"}, {"iPad", "iOS"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "macOS"},
	{"CrOS", "ChromeOS"}, {"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"}, {"Linux", "Linux"},
}

// DeviceName returns a name for a User-Agent that its user recognises: "Firefox
// on Linux", "curl", or "an API client" for one that it does not know. The name is
// in emails to users who did not send the request, so no part of the User-Agent is
// in it: a stranger could write to them.
func DeviceName(userAgent string) string {
	name := find(clients, userAgent)
	if name == "" {
		return unknownDevice
	}
	if system := find(systems, userAgent); system != "" {
		return name + " on " + system
	}
	return name
}

// find returns the name of the first product that the User-Agent has, or "".
func find(list []product, userAgent string) string {
	for _, p := range list {
		if strings.Contains(userAgent, p.mark) {
			return p.name
		}
	}
	return ""
}
