; Inno Setup 6: the Windows installer, from dist\sperm-viewer. Run from the repository's root:
;   iscc packaging\windows\sperm-viewer.iss
; For one user, without an administrator; with one, for all users (the installer asks). Untried.

#define Program "..\..\dist\sperm-viewer\sperm-viewer.exe"
#define Version GetVersionNumbersString(Program)

[Setup]
AppId={{7C3A5B0E-52C1-4F5B-9A53-0C9B8E4C2D10}
AppName=Sperm Viewer
AppVersion={#Version}
AppPublisher=Sperm Viewer
LicenseFile=..\..\LICENSE
DefaultDirName={autopf}\Sperm Viewer
DefaultGroupName=Sperm Viewer
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
ChangesAssociations=yes
CloseApplications=yes
Compression=lzma2/max
SolidCompression=yes
OutputDir=..\..\dist
OutputBaseFilename=sperm-viewer-{#Version}-setup
UninstallDisplayIcon={app}\sperm-viewer.exe
WizardStyle=modern

[Files]
Source: "..\..\dist\sperm-viewer\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; What an older version left would be found before what the new one brings.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Sperm Viewer"; Filename: "{app}\sperm-viewer.exe"
Name: "{autodesktop}\Sperm Viewer"; Filename: "{app}\sperm-viewer.exe"; Tasks: desktopicon

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Registry]
Root: HKA; Subkey: "Software\Classes\.spermview"; ValueType: string; ValueData: "SpermViewer.Session"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\SpermViewer.Session"; ValueType: string; ValueData: "Sperm Viewer session"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\SpermViewer.Session\DefaultIcon"; ValueType: string; ValueData: "{app}\sperm-viewer.exe,0"
Root: HKA; Subkey: "Software\Classes\SpermViewer.Session\shell\open\command"; ValueType: string; ValueData: """{app}\sperm-viewer.exe"" ""%1"""

[Run]
Filename: "{app}\sperm-viewer.exe"; Description: "{cm:LaunchProgram,Sperm Viewer}"; Flags: nowait postinstall skipifsilent
