#!/usr/bin/env bash
# The .dmg from `dist/Sperm Viewer.app`. Signed and notarised where the environment holds an identity (IDENTITY,
# CERTIFICATE as base64 of a .p12, PASSWORD, NOTARY_USER, NOTARY_PASSWORD, NOTARY_TEAM), else as it is. Untried.
set -euo pipefail
cd "$(dirname "$0")/../.."
app="dist/Sperm Viewer.app"
version=$(/usr/libexec/PlistBuddy -c "Print :CFBundleShortVersionString" "$app/Contents/Info.plist")
image="dist/sperm-viewer-$version-macos-$(uname -m).dmg"

if [ -n "${IDENTITY:-}" ]; then
    keychain="$RUNNER_TEMP/signing.keychain-db"
    echo "$CERTIFICATE" | base64 --decode > "$RUNNER_TEMP/certificate.p12"
    security create-keychain -p "$PASSWORD" "$keychain"
    security unlock-keychain -p "$PASSWORD" "$keychain"
    security import "$RUNNER_TEMP/certificate.p12" -k "$keychain" -P "$PASSWORD" -T /usr/bin/codesign
    security set-key-partition-list -S apple-tool:,apple: -s -k "$PASSWORD" "$keychain"
    security list-keychains -d user -s "$keychain"
    codesign --force --deep --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
        --sign "$IDENTITY" "$app"
fi

folder=$(mktemp -d)
cp -R "$app" "$folder"
ln -s /Applications "$folder/Applications"
hdiutil create -volname "Sperm Viewer" -srcfolder "$folder" -format ULFO "$image"

if [ -n "${IDENTITY:-}" ]; then
    codesign --timestamp --sign "$IDENTITY" "$image"
    xcrun notarytool submit "$image" --wait \
        --apple-id "$NOTARY_USER" --password "$NOTARY_PASSWORD" --team-id "$NOTARY_TEAM"
    xcrun stapler staple "$image"
fi
