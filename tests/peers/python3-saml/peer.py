"""A SAML service provider of other people, one step a call: what it is asked stands on standard input, what it made of it on standard
output. Everything that python3-saml can be strict about is."""

import base64
import json
import sys
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils


def settings_of(given):
    idp = OneLogin_Saml2_IdPMetadataParser.parse(given["metadata"])
    return OneLogin_Saml2_IdPMetadataParser.merge_settings(given["settings"], {"idp": idp["idp"]})


def auth_of(given, path, query=None, form=None):
    request = {
        "https": "on",
        "http_host": "sp.example",
        "script_name": path,
        "get_data": dict(parse_qsl(query or "", keep_blank_values=True)),
        "query_string": query or "",
        "post_data": form or {},
    }
    return OneLogin_Saml2_Auth(request, settings_of(given))


def authorize_url(given):
    auth = auth_of(given, "/login")
    url = auth.login(return_to=given["relayState"])
    return {"url": url, "requestId": auth.get_last_request_id()}


def authorize_form(given):
    settings = OneLogin_Saml2_Settings(settings_of(given))
    request = OneLogin_Saml2_Authn_Request(settings)
    signed = OneLogin_Saml2_Utils.add_sign(
        request.get_xml(),
        settings.get_sp_key(),
        settings.get_sp_cert(),
        sign_algorithm=settings.get_security_data()["signatureAlgorithm"],
        digest_algorithm=settings.get_security_data()["digestAlgorithm"],
    )
    text = signed if isinstance(signed, bytes) else signed.encode()
    return {"SAMLRequest": base64.b64encode(text).decode(), "requestId": request.get_id()}


def response(given):
    auth = auth_of(given, "/acs", form={"SAMLResponse": given["SAMLResponse"]})
    auth.process_response(request_id=given["requestId"])
    return {
        "errors": auth.get_errors(),
        "reason": auth.get_last_error_reason(),
        "nameId": auth.get_nameid(),
        "nameIdFormat": auth.get_nameid_format(),
        "nameQualifier": auth.get_nameid_nq(),
        "spNameQualifier": auth.get_nameid_spnq(),
        "sessionIndex": auth.get_session_index(),
        "attributes": auth.get_friendlyname_attributes(),
    }


def logout_url(given):
    auth = auth_of(given, "/logout")
    person = given["person"]
    url = auth.logout(
        return_to=given["relayState"],
        name_id=person["nameId"],
        session_index=person["sessionIndex"],
        nq=person["nameQualifier"],
        name_id_format=person["nameIdFormat"],
        spnq=person["spNameQualifier"],
    )
    return {"url": url, "requestId": auth.get_last_request_id()}


def redirected(given):
    auth = auth_of(given, "/slo", query=urlsplit(given["url"]).query)
    url = auth.process_slo(request_id=given.get("requestId"))
    return {"errors": auth.get_errors(), "reason": auth.get_last_error_reason(), "url": url}


STEPS = {
    "authorizeUrl": authorize_url,
    "authorizeForm": authorize_form,
    "response": response,
    "logoutUrl": logout_url,
    "redirected": redirected,
}

GIVEN = json.load(sys.stdin)
json.dump(STEPS[GIVEN["op"]](GIVEN), sys.stdout)
